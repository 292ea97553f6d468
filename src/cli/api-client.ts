/** The REST API as the commands use it. */
import type { Secret } from '../credential/secret.ts';
import { CommandError, EXIT, type ExitCode } from './exit-codes.ts';

export interface ApiClient {
  get<T>(path: string): Promise<T>;
  /** Every page of a list. */
  list<T>(path: string): Promise<T[]>;
  post<T>(path: string, body?: object): Promise<T>;
  put<T>(path: string, body: object): Promise<T>;
  patch<T>(path: string, body: object): Promise<T>;
  delete(path: string): Promise<void>;
}

export interface ApiClientOptions {
  /** Of the server, without `/api/v4`. */
  readonly url: string;
  readonly token: Secret;
}

interface Answer {
  readonly body: unknown;
  readonly nextPage: string | null;
}

/** Milliseconds that one request may take. */
const PATIENCE = 30_000;
const PER_PAGE = 100;

export function createApiClient({ url, token }: ApiClientOptions): ApiClient {
  const base = `${url.replace(/\/+$/, '')}/api/v4`;

  async function call(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(base + path, {
      method,
      headers: {
        'PRIVATE-TOKEN': token.reveal(),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // A redirect would carry the token to wherever it points.
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    }).catch((cause: unknown) => {
      throw noAnswer(url, cause);
    });
    const answer = await readJson(response, url);
    if (!response.ok) throw refusal(response, answer);
    return { body: answer, nextPage: response.headers.get('x-next-page') };
  }

  return {
    get: async <T>(path: string) => (await call('GET', path)).body as T,
    list: async <T>(path: string) => {
      const items: T[] = [];
      const mark = path.includes('?') ? '&' : '?';
      for (let page: string | null = '1'; page;) {
        const answer: Answer = await call('GET', `${path}${mark}per_page=${PER_PAGE}&page=${page}`);
        items.push(...(answer.body as T[]));
        page = answer.nextPage;
      }
      return items;
    },
    post: async <T>(path: string, body?: object) =>
      (await call('POST', path, body ?? {})).body as T,
    put: async <T>(path: string, body: object) => (await call('PUT', path, body)).body as T,
    patch: async <T>(path: string, body: object) => (await call('PATCH', path, body)).body as T,
    delete: async (path) => void (await call('DELETE', path)),
  };
}

function noAnswer(url: string, cause: unknown): CommandError {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const why = reason instanceof Error ? reason.message || reason.name : String(reason);
  return new CommandError(
    EXIT.unavailable,
    `No wharfpass answers at ${url} (${why}).\n` +
      'Start one with `npm start` in its folder or `wharfpass serve`, or set WHARFPASS_URL to where it is.',
  );
}

async function readJson(response: Response, url: string): Promise<unknown> {
  const body = await response.text().catch((cause: unknown) => {
    throw noAnswer(url, cause);
  });
  if (body === '') return null;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    const message = `${url} answered, but not as a wharfpass would (status ${response.status}). Is WHARFPASS_URL right?`;
    throw new CommandError(EXIT.unavailable, message);
  }
}

function refusal(response: Response, body: unknown): CommandError {
  const said = sayings(body);
  const hint = HINTS[response.status];
  const message = `${said || `The server answered with status ${response.status}`}.`;
  return new CommandError(
    exitCodeOf(response.status),
    message.replace(/\.\.$/, '.') + (hint === undefined ? '' : `\n${hint}`),
  );
}

const HINTS: Readonly<Record<number, string>> = {
  401: 'The token is not good. Set WHARFPASS_TOKEN to a personal access token with the scope api.',
  403: 'The token or its user may not do this. Use a token with the scope api of somebody who may.',
  404: 'It does not exist, or this token may not see it.',
  503: 'The server cannot reach its data just now. Try again; its log says why.',
};

function exitCodeOf(status: number): ExitCode {
  if (status === 401 || status === 403) return EXIT.notAllowed;
  return status === 503 ? EXIT.unavailable : EXIT.failed;
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
