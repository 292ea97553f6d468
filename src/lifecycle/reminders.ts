/** Deploy tokens that end, or want a new secret, are spoken of before it is too late (AUTO-19). */
import type { RecordChange } from '../audit/changes.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { Store } from '../store/ports.ts';
import type { DeployTokenRecord } from '../store/records.ts';
import { rotationDueAt } from './rotation.ts';

const DAY = 86_400_000;
/** After the start, which has enough to do. */
const FIRST = 60_000;
const PAGE = 100;

export interface ReminderDependencies {
  readonly store: Pick<Store, 'deployTokens'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly audit: RecordChange;
  /** Days before the moment; for each of them a token is spoken of once. */
  readonly days: readonly number[];
}

export interface Reminders {
  /** Writes what is due. Never rejects. */
  check(): Promise<void>;
  /** Checks a minute from now, and then every day. */
  start(): void;
  stop(): void;
}

interface Deadline {
  readonly what: 'end' | 'rotation';
  readonly at: number;
}

function deadlinesOf(token: DeployTokenRecord): Deadline[] {
  const all = [
    { what: 'end', at: token.expiresAt },
    { what: 'rotation', at: rotationDueAt(token) },
  ] as const;
  return all.flatMap(({ what, at }) => (at === null ? [] : [{ what, at }]));
}

/** What comes first. */
const nextOf = (token: DeployTokenRecord): Deadline | undefined =>
  deadlinesOf(token).toSorted((a, b) => a.at - b.at)[0];

/**
 * Reminds by a log line and an event. What was written is remembered in memory: a restart says it again, and so does
 * each of several instances, which is better than not at all.
 */
export function createReminders(deps: ReminderDependencies): Reminders {
  const { store, clock, log, audit } = deps;
  const thresholds = [0, ...deps.days].toSorted((a, b) => a - b);
  /** Token → the moment and threshold that were last written of. */
  let written = new Map<number, string>();
  let timer: NodeJS.Timeout | undefined;

  function remind(token: DeployTokenRecord, { what, at }: Deadline, now: number): void {
    const { id, name, holder } = token;
    const about = {
      [`${holder.kind}_id`]: holder.id,
      what,
      at: new Date(at).toISOString(),
      days_left: Math.floor((at - now) / DAY),
    };
    audit('deploy_token.reminder', { kind: 'deploy_token', id, path: name }, about);
    const wanted = what === 'end' ? 'the deploy token ends' : 'the deploy token wants a new secret';
    log.warn({ ...about, token_id: id, name }, at <= now ? `${wanted} now` : `${wanted} soon`);
  }

  /** The least of the thresholds that the token has come to; undefined where there is time yet. */
  const reached = (at: number, now: number) => thresholds.find((days) => at - now <= days * DAY);

  async function sweep(now: number): Promise<void> {
    const before = now + (thresholds.at(-1) ?? 0) * DAY + 1;
    const seen = new Map<number, string>();
    for (let offset = 0, total = 1; offset < total; offset += PAGE) {
      const slice = await store.deployTokens.expiring(before, { offset, limit: PAGE }, now);
      for (const token of slice.items) {
        const next = nextOf(token);
        const threshold = next && reached(next.at, now);
        if (next === undefined || threshold === undefined) continue;
        const mark = `${next.what} ${next.at} ${threshold}`;
        if (written.get(token.id) !== mark) remind(token, next, now);
        seen.set(token.id, mark);
      }
      total = slice.total;
    }
    written = seen;
  }

  async function check(): Promise<void> {
    if (deps.days.length === 0) return;
    await sweep(clock.now()).catch((error: unknown) => {
      log.warn({ err: error }, 'no reminders of deploy tokens today');
    });
  }

  function plan(delay: number): void {
    timer = setTimeout(() => {
      plan(DAY);
      void check();
    }, delay).unref();
  }

  return { check, start: () => plan(FIRST), stop: () => clearTimeout(timer) };
}
