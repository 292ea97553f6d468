/** One HTTP exchange as the doctor makes it: no redirect is followed, and time and size have an end. */
import { request as plainRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../clock.ts';
import { speaksTls } from './other-scheme.ts';
import { IN_TIME, troubleOf, type TroubleKind } from './trouble.ts';

export interface Request {
  readonly url: URL;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly kind: 'answer';
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** At most MAX_BODY bytes of the body. */
  readonly text: string;
  /** When it came, in milliseconds since the epoch by our clock. */
  readonly at: number;
  /** When the server's certificate ends, in milliseconds since the epoch; null without TLS. */
  readonly certificateEnd: number | null;
}

export interface Trouble {
  readonly kind: 'trouble';
  readonly url: URL;
  readonly trouble: TroubleKind;
  /** The system's or the TLS library's own word for it. */
  readonly detail: string;
}

export type Exchange = Answer | Trouble;
/** Never rejects. */
export type Send = (request: Request) => Promise<Exchange>;

export interface SendOptions {
  /** Milliseconds from the first byte out to the last byte in. */
  readonly deadline: number;
  /** PEM certificates that vouch for servers; undefined: those of Node.js. */
  readonly authorities: readonly string[] | undefined;
  readonly clock: Clock;
  /** False for an origin whose certificate the operator told us to go on with. */
  readonly verifies: (origin: string) => boolean;
}

/** Bytes. Go's registry clients read no more of a token answer. */
const MAX_BODY = 65_536;

export function createSend(options: SendOptions): Send {
  return async (request) => {
    const exchange = await exchangeOnce(request, options);
    if (!mayBeTls(exchange)) return exchange;
    if (!(await speaksTls(request.url, options.deadline))) return exchange;
    const detail = 'the port speaks TLS';
    return { kind: 'trouble', url: request.url, trouble: 'http_to_tls_port', detail };
  };
}

/** How TLS servers take a request in plain HTTP: Go and nginx say so with 400, others cut the line. */
function mayBeTls(exchange: Exchange): boolean {
  if (exchange.url.protocol !== 'http:') return false;
  if (exchange.kind === 'trouble') return exchange.trouble === 'no_http';
  return exchange.status === 400 && /https|tls|ssl/i.test(exchange.text);
}

function exchangeOnce(request: Request, options: SendOptions): Promise<Exchange> {
  const { url, method = 'GET', headers = {}, body } = request;
  const { deadline, authorities, clock, verifies } = options;
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(deadline);
    const fail = (error: unknown): void => {
      resolve({ kind: 'trouble', url, ...(signal.aborted ? IN_TIME : troubleOf(error)) });
    };
    const secure = url.protocol === 'https:';
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const common = {
      method,
      headers: { Accept: '*/*', 'User-Agent': 'wharfpass-doctor', ...headers, ...length },
      agent: false as const,
      signal,
    };
    const take = (response: IncomingMessage): void => {
      const at = clock.now();
      const certificateEnd = secure ? endOf(response.socket as TLSSocket) : null;
      const { statusCode: status = 0, headers: answered } = response;
      const answer = {
        kind: 'answer',
        url,
        status,
        headers: answered,
        at,
        certificateEnd,
      } as const;
      void readBody(response).then((text) => resolve({ ...answer, text }), fail);
    };
    const trust = {
      rejectUnauthorized: verifies(url.origin),
      ...(authorities !== undefined && { ca: [...authorities] }),
    };
    try {
      const sent = secure
        ? tlsRequest(url, { ...common, ...trust }, take)
        : plainRequest(url, common, take);
      sent.on('error', fail).end(body);
    } catch (error) {
      fail(error);
    }
  });
}

function endOf(socket: TLSSocket): number | null {
  const end = Date.parse(socket.getPeerCertificate().valid_to ?? '');
  return Number.isNaN(end) ? null : end;
}

/** The start of the body; what is beyond the bound is not even received. */
async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_BODY) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY).toString('utf8');
}
