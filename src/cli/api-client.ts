/** The REST API as the commands use it. */
import type { Secret } from '../credential/secret.ts';
import { noAnswer, notWharfpass, refusal } from './api-faults.ts';
import { whenWelcome, type Waiting } from './when-welcome.ts';

export interface ApiClient {
  get<T>(path: string): Promise<T>;
  /** Every page of a list, or its first `limit` items. */
  list<T>(path: string, limit?: number): Promise<T[]>;
  post<T>(path: string, body?: object): Promise<T>;
  put<T>(path: string, body: object): Promise<T>;
  patch<T>(path: string, body: object): Promise<T>;
  delete(path: string): Promise<void>;
  /** What the server says, be it yes or no. */
  send(request: RawRequest): Promise<RawAnswer>;
}

export interface RawRequest {
  readonly method: string;
  /** Under /api/v4, with the query. */
  readonly path: string;
  readonly body?: { readonly type: string; readonly text: string } | undefined;
}

export interface RawAnswer {
  readonly status: number;
  readonly text: string;
  /** The path of the next page; null: this is the last one. */
  readonly next: string | null;
}

export interface ApiClientOptions {
  /** Of the server, without `/api/v4`. */
  readonly url: string;
  readonly token: Secret;
  /** What the token goes in; default `PRIVATE-TOKEN`. */
  readonly header?: 'PRIVATE-TOKEN' | 'JOB-TOKEN';
  /** Told before a wait because of too many requests. */
  readonly onWait?: Waiting['onWait'];
}

interface Page<T> {
  readonly items: T;
  readonly next: string | null;
}

/** Milliseconds that one request may take. */
const PATIENCE = 30_000;
const PER_PAGE = 100;
/** Lists that may be too long to be walked by number of page (docs/api.md). */
const KEYSET_LISTS =
  /^\/(users|groups|projects|groups\/[^/?]+\/(projects|subgroups|descendant_groups)|users\/[^/?]+\/projects)(\?(?!.*order_by=)|$)/;
const KEYSET = 'pagination=keyset&order_by=id&sort=asc';
const NEXT_LINK = /<([^>]*)>; *rel="?next"?/;

export function createApiClient({
  url,
  token,
  header = 'PRIVATE-TOKEN',
  onWait = () => {},
}: ApiClientOptions): ApiClient {
  const base = `${url.replace(/\/+$/, '')}/api/v4`;

  async function send({ method, path, body }: RawRequest): Promise<RawAnswer> {
    const once = () =>
      fetch(base + path, {
        method,
        headers: {
          [header]: token.reveal(),
          ...(body !== undefined && { 'Content-Type': body.type }),
        },
        ...(body !== undefined && { body: body.text }),
        // A redirect would carry the token to wherever it points.
        redirect: 'error',
        signal: AbortSignal.timeout(PATIENCE),
      });
    const response = await whenWelcome(once, { onWait }).catch((cause: unknown) => {
      throw noAnswer(url, cause);
    });
    const text = await response.text().catch((cause: unknown) => {
      throw noAnswer(url, cause);
    });
    return { status: response.status, text, next: nextPath(path, response.headers) };
  }

  async function call<T>(method: string, path: string, body?: object): Promise<Page<T>> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await send({
      method,
      path,
      body: text === undefined ? undefined : { type: 'application/json', text },
    });
    const value = parse(answer, url);
    if (answer.status >= 300) throw refusal(answer.status, value);
    return { items: value as T, next: answer.next };
  }

  return {
    send,
    get: async <T>(path: string) => (await call<T>('GET', path)).items,
    list: async <T>(path: string, limit = Infinity) => {
      const items: T[] = [];
      const mark = path.includes('?') ? '&' : '?';
      const start = KEYSET_LISTS.test(path) ? KEYSET : 'page=1';
      const first = `${path}${mark}per_page=${Math.min(PER_PAGE, limit)}&${start}`;
      for (let at: string | null = first; at !== null && items.length < limit;) {
        const page: Page<T[]> = await call<T[]>('GET', at);
        items.push(...page.items);
        at = page.next;
      }
      return items.slice(0, limit);
    },
    post: async <T>(path: string, body?: object) => (await call<T>('POST', path, body ?? {})).items,
    put: async <T>(path: string, body: object) => (await call<T>('PUT', path, body)).items,
    patch: async <T>(path: string, body: object) => (await call<T>('PATCH', path, body)).items,
    delete: async (path) => void (await call('DELETE', path)),
  };
}

/** Only the query of the link counts: where the token is sent to is not for an answer to say. */
function nextPath(path: string, headers: Headers): string | null {
  const link = NEXT_LINK.exec(headers.get('link') ?? '')?.[1] ?? '';
  const query = link.indexOf('?');
  return query < 0 ? null : `${path.split('?')[0]}${link.slice(query)}`;
}

function parse({ status, text }: RawAnswer, url: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw notWharfpass(url, status);
  }
}
