/**
 * The token path, on node:http alone: it carries all the traffic, and a framework would cost more than everything else
 * on it together.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { IssueToken } from '../token/issue-token.ts';
import { printScopes } from '../token/scope.ts';
import type { IssuedToken } from '../token/token-request.ts';
import type { ClientIp } from './client-ip.ts';
import { publicError, sendError } from './error-response.ts';
import { decodeGet } from './token-get.ts';
import type { TokenMeter } from './token-meter.ts';
import { decodePost } from './token-post.ts';

/** The same answer on each: Distribution's default realm, GitLab's, and ours; with and without the slash. */
const PATHS: ReadonlySet<string> = new Set([
  '/token',
  '/token/',
  '/auth/token',
  '/auth/token/',
  '/jwt/auth',
]);

export interface TokenEndpointDeps {
  readonly issueToken: IssueToken;
  readonly clientIp: ClientIp;
  readonly requestId: () => string;
  readonly log: Logger;
  /** Whether answers carry `issued_at`. */
  readonly issuedAt: boolean;
  readonly startMeter: () => TokenMeter;
}

/** What a request has of its own. */
interface Running {
  readonly id: string;
  readonly query: string;
  readonly meter: TokenMeter;
}

/** Answers the request and returns true, or returns false for a path that is not its own. */
export type TokenEndpoint = (req: IncomingMessage, res: ServerResponse) => boolean;

/** Written out by hand: a token is base64url and dots, so twice over a kilobyte there is nothing to escape. */
function bodyOf(
  { token, expiresIn, issuedAt, access, refreshToken }: IssuedToken,
  post: boolean,
  dated: boolean,
) {
  const issued = dated ? `,"issued_at":"${new Date(issuedAt).toISOString()}"` : '';
  const scope = post ? `,"scope":${JSON.stringify(printScopes(access))}` : '';
  const refresh =
    refreshToken === null ? '' : `,"refresh_token":${JSON.stringify(refreshToken.reveal())}`;
  return `{"token":"${token}","access_token":"${token}","token_type":"Bearer","expires_in":${expiresIn}${issued}${refresh}${scope}}`;
}

/** @param body ASCII: what is granted are names of the registry's grammar */
function sendToken(res: ServerResponse, body: string): void {
  res.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    // RFC 6749, section 5.1.
    'Cache-Control': 'no-store',
    Pragma: 'no-cache',
    'X-Content-Type-Options': 'nosniff',
  });
  res.end(body, 'latin1');
}

export function createTokenEndpoint(deps: TokenEndpointDeps): TokenEndpoint {
  const { issueToken, clientIp, log } = deps;

  async function answer(req: IncomingMessage, res: ServerResponse, { id, query, meter }: Running) {
    const post = req.method === 'POST';
    if (!post && req.method !== 'GET') {
      res.setHeader('Allow', 'GET, POST');
      throw new AppError('method_not_allowed', 'The token endpoint takes GET and POST.');
    }
    const decoded = post ? await decodePost(req) : decodeGet(req, query);
    meter.brought(decoded.credential);
    const userAgent = req.headers['user-agent'] ?? null;
    const outcome = await issueToken({ ...decoded, id, userAgent, ip: clientIp(req) });
    if (outcome.kind === 'issued') {
      sendToken(res, bodyOf(outcome, post, deps.issuedAt));
      return meter.issued(outcome);
    }
    meter.refused(outcome.code);
    // The audit has its line already.
    sendError(res, new AppError(outcome.code, outcome.message), id);
  }

  return (req, res) => {
    const url = req.url ?? '';
    const mark = url.indexOf('?');
    if (!PATHS.has(mark === -1 ? url : url.slice(0, mark))) return false;
    const [id, meter] = [deps.requestId(), deps.startMeter()];
    const query = mark === -1 ? '' : url.slice(mark + 1);
    answer(req, res, { id, query, meter }).catch((thrown: unknown) => {
      const error = publicError(thrown);
      meter.refused(error.code);
      const line = { request_id: id, ip: clientIp(req), code: error.code };
      const cause = { ...line, detail: error.detail, err: error.cause };
      if (error.code === 'internal') log.error(cause, 'token request failed');
      else if (error.code === 'store_unavailable') log.error(cause, 'store unavailable');
      else log.warn({ ...line, reason: error.message }, 'token request not served');
      sendError(res, error, id);
    });
    return true;
  };
}
