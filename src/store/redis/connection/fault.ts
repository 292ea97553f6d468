/** What a failed command means. */
import { storeUnavailable, type AppError } from '../../../errors.ts';
import { TIMED_OUT } from './client-options.ts';

export type Outcome = 'ok' | 'closed' | 'late' | 'clock' | 'timeout' | 'failed' | 'short_circuited';

/** The server runs, and is in no state to answer anybody. Other errors concern one call. */
const SERVER_STATES =
  /^(?:NOREPLICAS|READONLY|OOM|LOADING|MISCONF|CLUSTERDOWN|MASTERDOWN|BUSY|NOAUTH|WRONGPASS|NOPERM|UNBLOCKED)\b/;

/** Long enough to tell what it was; an error of a script may quote much. */
const REASON_LENGTH = 200;

export class CallFault extends Error {
  readonly outcome: Outcome;
  /** Whether it speaks against the server, and so counts for the circuit breaker. */
  readonly ofServer: boolean;

  constructor(outcome: Outcome, reason: string, ofServer: boolean) {
    super(reason);
    this.name = 'CallFault';
    this.outcome = outcome;
    this.ofServer = ofServer;
  }

  /** Only the reason goes on: the client's own error carries the command with all its arguments. */
  toAppError(script: string): AppError {
    return storeUnavailable(`redis, ${script}: ${this.message}`);
  }
}

/** @param error what the client rejected a command with */
export function faultOf(error: Error): CallFault {
  if (error instanceof CallFault) return error;
  const reason = error.message.slice(0, REASON_LENGTH);
  if (error.name !== 'ReplyError') {
    return new CallFault(error.message === TIMED_OUT ? 'timeout' : 'failed', reason, true);
  }
  return new CallFault('failed', reason, SERVER_STATES.test(reason));
}

export const isUnknownScript = (error: Error): boolean => error.message.startsWith('NOSCRIPT');
