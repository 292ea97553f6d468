/** The audit stream: stamps events, and hands them to the sinks once a tick, so that nobody waits for them. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Changes, Origin } from './changes.ts';
import {
  EVENT_TYPES,
  type AuditEvent,
  type ChangeType,
  type DecisionType,
  type Details,
  type EventType,
  type RegistryType,
  type Target,
} from './events.ts';

/** Takes lines of JSON, each with its line break. Never throws; tells the counter of what it could not keep. */
export interface Sink {
  /** Resolves once they are written, to false where they could not be. */
  write(lines: string, count: number): Promise<boolean>;
  /** When all that was handed over is written, or given up. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface Trail {
  readonly changes: Changes;
  decided(type: DecisionType, origin: Origin, details: Details): void;
  /** Resolves once the event is in every sink, and to false where one of them could not keep it. Never rejects. */
  told(type: RegistryType, target: Target, origin: Origin, details: Details): Promise<boolean>;
  /** Events since the start, by type. */
  readonly counts: ReadonlyMap<EventType, number>;
  /** When all events so far are written, or given up. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface TrailOptions {
  readonly clock: Clock;
  /** Names this instance among several; null where there is but one. */
  readonly instance: string | null;
  readonly sinks: readonly Sink[];
}

/** Characters handed to the sinks at once, so that one call stays short however much happened in a tick. */
const BATCH = 262_144;

const SYSTEM: Origin = { author: { kind: 'system' }, ip: null, requestId: null };

/** Ids and times of events. Ids grow, also where the clock is set back; times are what the clock said. */
function createStamp({ now }: Clock): () => { readonly id: string; readonly time: string } {
  const start = randomBytes(4).toString('hex');
  let [last, latest, count] = [-1, 0, 0];
  let [time, prefix] = ['', ''];
  return () => {
    const at = now();
    if (at !== last) {
      last = at;
      latest = Math.max(latest, at);
      time = new Date(at).toISOString();
      prefix = latest.toString(36).padStart(9, '0');
    }
    return { id: `${prefix}-${(++count).toString(36).padStart(7, '0')}-${start}`, time };
  };
}

async function tell(
  listeners: readonly ((kept: boolean) => void)[],
  written: readonly Promise<boolean>[],
): Promise<void> {
  const kept = (await Promise.all(written)).every(Boolean);
  for (const listener of listeners) listener(kept);
}

/** Gathers what happens in one tick. */
function createGatherer(sinks: readonly Sink[]) {
  let queue: AuditEvent[] = [];
  let waiting: ((kept: boolean) => void)[] = [];
  let scheduled = false;
  const flush = (): void => {
    scheduled = false;
    const [events, listeners] = [queue, waiting];
    [queue, waiting] = [[], []];
    const written: Promise<boolean>[] = [];
    let [lines, count] = ['', 0];
    const hand = (): void => {
      for (const sink of sinks) written.push(sink.write(lines, count));
      [lines, count] = ['', 0];
    };
    for (const event of events) {
      lines += `${JSON.stringify(event)}\n`;
      count++;
      if (lines.length >= BATCH) hand();
    }
    if (count > 0) hand();
    if (listeners.length > 0) void tell(listeners, written);
  };
  return {
    flush,
    push: (event: AuditEvent): void => {
      queue.push(event);
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    },
    /** When all that was pushed so far is written, or given up. */
    kept: (): Promise<boolean> => new Promise((resolve) => waiting.push(resolve)),
  };
}

export function createTrail({ clock, instance, sinks }: TrailOptions): Trail {
  const stamp = createStamp(clock);
  const { push, flush, kept } = createGatherer(sinks);
  const counts = new Map<EventType, number>(EVENT_TYPES.map((type) => [type, 0]));
  const count = (type: EventType): void => void counts.set(type, (counts.get(type) ?? 0) + 1);
  const record = (
    type: ChangeType | RegistryType,
    target: Target,
    { author, ip, requestId }: Origin,
    details: Details,
  ): void => {
    const { id, time } = stamp();
    count(type);
    push({ id, time, instance, type, author, target, ip, request_id: requestId, details });
  };
  const by: Changes['by'] =
    (origin) =>
    (type, target, details = {}) =>
      record(type, target, origin, details);
  return {
    changes: { by, bySystem: by(SYSTEM) },
    decided(type, { author, ip, requestId }, details) {
      const { id, time } = stamp();
      count(type);
      push({ id, time, instance, type, author, ip, request_id: requestId, details });
    },
    told(type, target, origin, details) {
      record(type, target, origin, details);
      return kept();
    },
    counts,
    async settled() {
      flush();
      await Promise.all(sinks.map((sink) => sink.settled()));
    },
    async close() {
      flush();
      await Promise.all(sinks.map((sink) => sink.close()));
    },
  };
}

/** For those who keep no stream: events go nowhere. */
export const noChanges: Changes = { by: () => () => {}, bySystem: () => {} };
