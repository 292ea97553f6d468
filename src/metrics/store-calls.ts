import { Counter, type Registry } from 'prom-client';
import type { OnStoreCall } from '../store/ports.ts';
import { createDurations, registerDurations, type Durations } from './tally.ts';

interface Calls {
  readonly durations: Durations;
  readonly outcomes: Map<string, number>;
}

/** Twice as many names as any store has. Those beyond count as `other`: no fault of a store adds series for ever. */
const MOST_CALLS = 128;
const MOST_OUTCOMES = 16;
const OTHER = 'other';

/** The key itself while there is room for it. */
function keyFor(map: ReadonlyMap<string, unknown>, key: string, most: number): string {
  return map.has(key) || map.size < most ? key : OTHER;
}

export function registerStoreCalls(registry: Registry): OnStoreCall {
  const calls = new Map<string, Calls>();

  const counter = new Counter({
    name: 'wharfpass_store_calls_total',
    help: 'Calls to the store, by verb or script and by how they ended.',
    labelNames: ['call', 'outcome'],
    registers: [registry],
    collect() {
      counter.reset();
      for (const [call, { outcomes }] of calls) {
        for (const [outcome, count] of outcomes) counter.inc({ call, outcome }, count);
      }
    },
  });
  registerDurations(
    registry,
    {
      name: 'wharfpass_store_call_duration_seconds',
      help: 'Time that calls to the store took, by verb or script.',
    },
    () => Array.from(calls, ([call, { durations }]) => [{ call }, durations] as const),
  );

  return (name, result, ms) => {
    const call = keyFor(calls, name, MOST_CALLS);
    let of = calls.get(call);
    if (of === undefined) {
      of = { durations: createDurations(), outcomes: new Map() };
      calls.set(call, of);
    }
    const outcome = keyFor(of.outcomes, result, MOST_OUTCOMES);
    of.outcomes.set(outcome, (of.outcomes.get(outcome) ?? 0) + 1);
    of.durations.observe(ms);
  };
}
