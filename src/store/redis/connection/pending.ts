/** A call from its beginning to its end: its name on the wire, its time limit, and what its answer means. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../clock.ts';
import type { Logger } from '../../../log.ts';
import type { Partition, Keys } from '../keys.ts';
import { callArguments } from './arguments.ts';
import { createDeadlines } from './deadline.ts';
import { CallFault, type Outcome } from './fault.ts';
import type { DurableReply, ScriptCall, ScriptReply } from './redis.ts';
import type { Script } from './script-files.ts';

/** Milliseconds that a call may take, whatever the client library does. */
export const CALL_LIMIT = 400;
/** Milliseconds by which the server's clock and ours may differ. */
export const CLOCK_TOLERANCE = 5000;
const CLOCK_LOG_EVERY = 10_000;

export interface Pending {
  readonly partition: Partition;
  readonly script: Script;
  readonly nonce: string;
  /** Number of keys, keys, nonce, not-after time, own arguments: what follows the script's name. */
  readonly rest: readonly string[];
  /** On the monotonic clock. */
  readonly startedAt: number;
  settled(): boolean;
  resolve(reply: ScriptReply, replicas: number): void;
  fail(fault: CallFault): void;
}

export type OnCall = (script: string, outcome: Outcome, milliseconds: number) => void;

export interface CallsOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly keys: Keys;
  readonly scripts: ReadonlyMap<string, Script>;
  readonly onCall: OnCall | undefined;
  readonly onClosed: (partition: Partition) => void;
}

export interface Calls {
  /** @throws TypeError for an argument of a wrong type, RangeError for a script that is not there */
  begin(
    call: ScriptCall,
    resolve: (reply: DurableReply) => void,
    reject: (error: Error) => void,
  ): Pending;
  /** Fails all that is under way. */
  close(): void;
}

export function createCalls(options: CallsOptions): Calls {
  const { clock, log, keys, scripts, onCall, onClosed } = options;
  const prefix = randomBytes(6).toString('base64url');
  let counter = 0;
  let clockLoggedAt = -Infinity;
  const open = new Set<Pending>();
  const deadlines = createDeadlines<Pending>(CALL_LIMIT, (pending) =>
    pending.fail(new CallFault('timeout', `no answer within ${CALL_LIMIT} ms`, true)),
  );

  function reportClock(difference: number): void {
    const now = performance.now();
    if (now - clockLoggedAt < CLOCK_LOG_EVERY) return;
    clockLoggedAt = now;
    log.error(
      { milliseconds: Math.round(difference) },
      'the clocks of this server and of Redis differ; nothing that Redis holds is used until both are set right',
    );
  }

  /** @returns what is wrong with an answer that is well formed */
  function judge(partition: Partition, reply: ScriptReply): CallFault | undefined {
    if (reply.status === 'closed') onClosed(partition);
    const difference = reply.serverTime - clock.now();
    if (Math.abs(difference) > CLOCK_TOLERANCE) {
      reportClock(difference);
      return new CallFault('clock', `the clocks differ by ${Math.round(difference)} ms`, false);
    }
    if (reply.status === 'closed') return new CallFault('closed', `${partition} is closed`, false);
    if (reply.status === 'late') return new CallFault('late', 'it came too late', false);
    return undefined;
  }

  function begin(
    call: ScriptCall,
    resolve: (reply: DurableReply) => void,
    reject: (error: Error) => void,
  ): Pending {
    const script = scripts.get(call.script);
    if (script === undefined) throw new RangeError(`there is no script ${call.script}`);
    const { keys: own, args } = callArguments(call);
    const { partition } = call;
    const nonce = `${prefix}${(counter += 1).toString(36)}`;
    const notAfter = Math.round(clock.now()) + CALL_LIMIT + CLOCK_TOLERANCE;
    const head = [String(own.length + 1), keys.history(partition), ...own];
    const startedAt = performance.now();
    let settled = false;

    function settle(outcome: Outcome): boolean {
      if (settled) return false;
      settled = true;
      open.delete(pending);
      deadlines.delete(pending);
      onCall?.(call.script, outcome, performance.now() - startedAt);
      return true;
    }

    const fail = (fault: CallFault): void => {
      if (settle(fault.outcome)) reject(fault.toAppError(call.script));
    };
    const pending: Pending = {
      partition,
      script,
      nonce,
      rest: [...head, nonce, String(notAfter), ...args],
      startedAt,
      settled: () => settled,
      resolve(reply, replicas) {
        const fault = judge(partition, reply);
        if (fault !== undefined) return fail(fault);
        if (!settle('ok')) return;
        const { status, values, replid, serverTime } = reply;
        resolve({ status, values, replid, serverTime, replicas });
      },
      fail,
    };
    open.add(pending);
    deadlines.add(pending);
    return pending;
  }

  return {
    begin,
    close() {
      for (const pending of open) pending.fail(new CallFault('failed', 'closing', false));
      deadlines.clear();
    },
  };
}
