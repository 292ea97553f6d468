/** What goes wrong with a request to the REST API, in words, with what to do. */
import { CommandError, EXIT, type ExitCode } from './exit-codes.ts';

export function noAnswer(url: string, cause: unknown): CommandError {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const why = reason instanceof Error ? reason.message || reason.name : String(reason);
  return new CommandError(
    EXIT.unavailable,
    `No wharfpass answers at ${url} (${why}).\n` +
      'Start one with `npm start` in its folder or `wharfpass serve`, or set WHARFPASS_URL to where it is.',
  );
}

export function notWharfpass(url: string, status: number): CommandError {
  const message = `${url} answered, but not as a wharfpass would (status ${status}). Is WHARFPASS_URL right?`;
  return new CommandError(EXIT.unavailable, message);
}

/** @param body of the answer, as JSON */
export function refusal(status: number, body: unknown): CommandError {
  const said = sayings(body);
  const hint = HINTS[status];
  const message = `${said || `The server answered with status ${status}`}.`;
  return new CommandError(
    exitCodeOf(status),
    message.replace(/\.\.$/, '.') + (hint === undefined ? '' : `\n${hint}`),
  );
}

const HINTS: Readonly<Record<number, string>> = {
  401: 'The token is not good: unknown, expired or revoked. Set WHARFPASS_TOKEN to a personal access token with the scope api.',
  403: 'The token or its user may not do this. Use a token with the scope api of somebody who may.',
  404: 'It does not exist, or this token may not see it.',
  429: 'The server has had enough of these for now. Wait a little and try again.',
  503: 'The server cannot reach its data just now. Try again; its log says why.',
};

function exitCodeOf(status: number): ExitCode {
  if (status === 401 || status === 403) return EXIT.notAllowed;
  return status === 429 || status === 503 ? EXIT.unavailable : EXIT.failed;
}

/** `{"message": …}`, `{"error": …, "error_description": …}`, or a message per field. */
function sayings(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const { message, error, error_description: description } = body as Record<string, unknown>;
  return [message, error, description]
    .filter((part) => part !== undefined && part !== null)
    .map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
    .join(': ');
}
