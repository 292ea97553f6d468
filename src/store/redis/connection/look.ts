/** Asks those who know (Sentinels, the nodes of a Cluster) where the primaries are. */
import type { Partition } from '../keys.ts';
import type { Endpoint } from './endpoint.ts';
import type { Line } from './line.ts';

/** Where each partition's primary is, as far as known. */
export type View = ReadonlyMap<Partition, Endpoint>;

export interface Look {
  /** Asks all that can be asked, 250 ms at most. Undefined: nobody knew. Never rejects. */
  look(): Promise<View | undefined>;
  close(): void;
}

/** An answer and how new it is: of several the newest counts, as one that was cut off tells what was. */
export interface Dated<T> {
  readonly epoch: number;
  readonly answer: T;
}

/** Puts the question to all at once; those that fail or know nothing are left out. */
export async function newestOf<T>(
  lines: Iterable<Line>,
  question: (line: Line) => Promise<Dated<T> | undefined>,
): Promise<T | undefined> {
  const asked = [...lines].filter((line) => line.ready()).map(question);
  const results = await Promise.allSettled(asked);
  let newest: Dated<T> | undefined;
  for (const result of results) {
    if (result.status !== 'fulfilled' || result.value === undefined) continue;
    if (newest === undefined || result.value.epoch > newest.epoch) newest = result.value;
  }
  return newest?.answer;
}

/** @returns undefined for anything that is no address */
export function readEndpoint(host: unknown, port: unknown): Endpoint | undefined {
  const number = Number(port);
  if (typeof host !== 'string' || host === '' || host === '?') return undefined;
  if (!Number.isInteger(number) || number < 1 || number > 65_535) return undefined;
  return { host, port: number };
}
