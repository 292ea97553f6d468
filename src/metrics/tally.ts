/**
 * Sums that cost nanoseconds to add to. The counters and histograms of prom-client look their labels up anew for every
 * observation, which costs half a microsecond each (docs/metrics.md has the figures), so it only prints these.
 */
import type { Metric, MetricValue, Registry } from 'prom-client';

export interface Durations {
  observe(ms: number): void;
  /** Of each bucket alone, the last one open above; not added up yet. */
  readonly counts: Float64Array;
  /** Milliseconds. */
  readonly sum: () => number;
}

/** Upper bounds of the buckets, in milliseconds. */
export const BOUNDS = [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000] as const;

export function createDurations(): Durations {
  const counts = new Float64Array(BOUNDS.length + 1);
  let sum = 0;
  return {
    counts,
    sum: () => sum,
    observe: (ms) => {
      let bucket = 0;
      while (bucket < BOUNDS.length && ms > (BOUNDS[bucket] ?? Infinity)) bucket++;
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      sum += ms;
    },
  };
}

export type Labels = Readonly<Record<string, string>>;
type Values = (MetricValue<string> & { readonly metricName: string })[];

/** The series of one histogram, in seconds and added up as Prometheus has them. */
function seriesOf(name: string, labels: Labels, { counts, sum }: Durations): Values {
  let count = 0;
  const buckets = Array.from(counts, (inBucket, at) => {
    count += inBucket;
    const bound = BOUNDS[at];
    const le = bound === undefined ? '+Inf' : bound / 1000;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum() / 1000 },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

interface Described {
  readonly name: string;
  readonly help: string;
}

/** Prints durations as a histogram. A registry takes whatever has a name and gives its values. */
export function registerDurations(
  registry: Registry,
  { name, help }: Described,
  all: () => Iterable<readonly [Labels, Durations]>,
): void {
  const get = async () => ({
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    values: Array.from(all(), ([labels, durations]) => seriesOf(name, labels, durations)).flat(),
  });
  registry.registerMetric({ name, help, get } as unknown as Metric);
}
