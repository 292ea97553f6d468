/** A server takes only so many requests within a time. Long work goes on when it takes more. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Waiting {
  /** Told of each wait, before it. */
  readonly onWait: (seconds: number) => void;
  /** Resolves after so many milliseconds. */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/** Seconds that one request is waited for, all in all. A window of the server's default is 60. */
const PATIENCE = 300;
/** Seconds, where the server does not say when to come back. */
const UNTOLD = 10;

const TOO_MANY = 429;

function retryAfter({ headers }: Response): number {
  const text = headers.get('retry-after') ?? '';
  // The other form, a date, is none that wharfpass or GitLab send.
  return /^\d{1,6}$/.test(text) ? Math.max(1, Number(text)) : UNTOLD;
}

/** The first answer that is not "too many requests" (429), or the last of them when patience is at its end. */
export async function whenWelcome(
  send: () => Promise<Response>,
  { onWait, sleep: wait = sleep }: Waiting,
): Promise<Response> {
  let left = PATIENCE;
  for (;;) {
    const response = await send();
    const seconds = response.status === TOO_MANY ? retryAfter(response) : Infinity;
    if (seconds > left) return response;
    // What it says is of no use, and an unread body would hold the connection.
    await response.body?.cancel();
    left -= seconds;
    onWait(seconds);
    await wait(seconds * 1000);
  }
}
