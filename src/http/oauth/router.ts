/** OAuth 2.0 beside the token endpoint: revocation, introspection, metadata. docs/oauth.md explains each. */
import { Router, type ErrorRequestHandler, type RequestHandler } from 'express';
import { AppError } from '../../errors.ts';
import type { createRevokeToken } from '../../lifecycle/revoke-token.ts';
import type { Logger } from '../../log.ts';
import type { Settings } from '../../settings/schema.ts';
import type { ClientIp } from '../client-ip.ts';
import { publicError, sendError } from '../error-response.ts';
import { requestIdOf } from '../request-id.ts';
import { createIntrospect, type IntrospectionDeps } from './introspection.ts';
import { metadataPath, oauthMetadata } from './metadata.ts';
import { readTokenForm } from './read-token-form.ts';

export interface OAuthDeps extends IntrospectionDeps {
  readonly revoke: ReturnType<typeof createRevokeToken>;
  readonly settings: Settings;
  readonly log: Logger;
  readonly clientIp: ClientIp;
}

/** RFC 6749, section 5.1. */
const UNCACHED = { 'Cache-Control': 'no-store', Pragma: 'no-cache' };

const takes =
  (methods: string): RequestHandler =>
  (req, res) => {
    res.set('Allow', methods);
    throw new AppError('method_not_allowed', `${req.path} takes ${methods}.`);
  };

function answerRevocation({ revoke, log, clientIp }: OAuthDeps): RequestHandler {
  return async (req, res) => {
    const [ip, requestId] = [clientIp(req), requestIdOf(res)];
    const outcome = await revoke({ secret: await readTokenForm(req), ip, requestId });
    if (outcome.kind === 'unsupported') throw new AppError('unsupported_token_type', outcome.why);
    const { kind, ...of } = outcome;
    log.info({ request_id: requestId, ip, outcome: kind, ...of }, 'token revocation');
    // RFC 7009, section 2.2: the same for a token that nobody knows.
    res.status(200).set(UNCACHED).json({});
  };
}

function answerIntrospection(deps: OAuthDeps): RequestHandler {
  const introspect = createIntrospect(deps);
  return async (req, res) => {
    const { by, answer } = await introspect(req);
    const line = { request_id: requestIdOf(res), ip: deps.clientIp(req), by };
    deps.log.info(line, 'token introspection');
    res.status(200).set(UNCACHED).json(answer);
  };
}

/** In the form of the token endpoint, and never 403. */
function answerFault({ log, clientIp }: OAuthDeps): ErrorRequestHandler {
  return (thrown: unknown, req, res, _next) => {
    const error = publicError(thrown);
    const requestId = requestIdOf(res);
    const line = { request_id: requestId, ip: clientIp(req), path: req.path, code: error.code };
    if (error.code === 'internal' || error.code === 'store_unavailable') {
      log.error({ ...line, detail: error.detail, err: error.cause }, 'oauth request failed');
    } else log.info({ ...line, reason: error.message }, 'oauth request refused');
    sendError(res, error, requestId);
  };
}

export function createOAuthRouter(deps: OAuthDeps): Router {
  const { settings } = deps;
  const metadata = metadataPath(settings.public_url);
  const router = Router({ caseSensitive: true, strict: true });

  router.route('/oauth/revoke').post(answerRevocation(deps)).all(takes('POST'));
  router.route('/oauth/introspect').post(answerIntrospection(deps)).all(takes('POST'));
  router
    .route(metadata)
    .get((_req, res) => {
      res.set('Cache-Control', 'no-store').json(oauthMetadata(settings));
    })
    .all(takes('GET'));
  router.use(['/oauth', metadata], answerFault(deps));
  return router;
}
