/** Mounts the list of routes. Each request goes the same way: caller, scope, fields, handler, log line, answer. */
import { Router, type Request, type Response } from 'express';
import { AppError } from '../../errors.ts';
import type { Author } from '../../audit/events.ts';
import type { ClientIp } from '../client-ip.ts';
import { readFields } from './body.ts';
import type { Caller, ResolveCaller } from './caller.ts';
import { decodeForm } from './form.ts';
import { nextLink, paginationHeaders } from './pagination.ts';
import { requestIdOf } from '../request-id.ts';
import type { Asking, RateLimits } from './rate-limits.ts';
import { readApiCredential } from './read-api-credential.ts';
import type { ApiDependencies, Reply, Route } from './route.ts';
import { validate } from './validate.ts';

export interface ApiRouterOptions {
  readonly routes: readonly Route[];
  readonly deps: ApiDependencies;
  readonly resolveCaller: ResolveCaller;
  readonly clientIp: ClientIp;
  /** Absent: callers may ask as often as they like. */
  readonly rateLimits?: RateLimits;
}

const UNAUTHORIZED = '401 Unauthorized';

/** GitLab's answer to a token whose scopes do not open the route (RFC 6750, section 3.1). */
const insufficientScope = (scopes: readonly string[]): Reply => ({
  status: 403,
  body: {
    error: 'insufficient_scope',
    error_description: 'The request requires higher privileges than provided by the access token.',
    scope: scopes.join(' '),
  },
});

const UNSUPPORTED: Reply = {
  status: 415,
  body: {
    error:
      'the body must be application/json, application/x-www-form-urlencoded or multipart/form-data, in UTF-8',
  },
};

/** The caller, for the log. */
function by(caller: Caller): Record<string, unknown> {
  return caller.kind === 'job'
    ? { by_job: caller.job.id }
    : { by: caller.user.username, by_user: caller.user.id, by_token: caller.token.id };
}

/** The caller, for the audit stream. */
function authorOf(caller: Caller): Author {
  if (caller.kind === 'user') {
    const { user, token } = caller;
    return { kind: 'user', id: user.id, name: user.username, token_id: token.id };
  }
  const { id, userId } = caller.job;
  return { kind: 'job', id, name: `job:${id}`, user_id: userId };
}

function hasScope(route: Route, caller: Caller): boolean {
  if (caller.kind === 'job' || route.scopes === 'any') return true;
  return route.scopes.some((scope) => caller.token.scopes.has(scope));
}

function send(req: Request, res: Response, reply: Reply): void {
  const { slice, next } = reply;
  if (slice !== undefined || next !== undefined) {
    const url = new URL(req.originalUrl, `${req.protocol}://${req.headers.host ?? 'localhost'}`);
    if (slice !== undefined) res.set(paginationHeaders(slice, url));
    if (next) res.set('Link', nextLink(next, url));
  }
  res.set(reply.headers ?? {}).status(reply.status);
  if (reply.text !== undefined) res.send(reply.text);
  else if (reply.body === undefined) res.end();
  else res.json(reply.body);
}

const queryOf = (req: Request): string => {
  const mark = req.originalUrl.indexOf('?');
  return mark === -1 ? '' : req.originalUrl.slice(mark + 1);
};

/** GitLab takes a token in the URL as well. URLs end up in logs, so it is refused in words that help. */
function refuseTokenInUrl(req: Request): void {
  const name = /[?&](private_token|job_token|access_token)=/.exec(req.originalUrl)?.[1];
  if (name === undefined) return;
  const header = name === 'job_token' ? 'JOB-TOKEN' : 'PRIVATE-TOKEN';
  const why = `${UNAUTHORIZED} - a token in the URL (${name}) ends up in logs: send it in the header ${header}`;
  throw new AppError('unauthorized', why);
}

export function createApiRouter(options: ApiRouterOptions) {
  const { routes, deps, resolveCaller, clientIp, rateLimits } = options;

  async function callerOf(route: Route, req: Request, asking: Asking): Promise<Caller> {
    const { id: requestId, ip } = asking;
    const credential = readApiCredential(req);
    if (credential === null) refuseTokenInUrl(req);
    else await rateLimits?.mayTry(asking);
    const outcome = credential === null ? null : await resolveCaller(credential);
    if (outcome?.kind === 'known') await rateLimits?.mayAsk(outcome.caller, asking);
    else if (outcome !== null) await rateLimits?.failed(asking);
    const takes =
      outcome?.kind === 'known' &&
      (route.callers === 'either' || route.callers === outcome.caller.kind);
    if (takes) return outcome.caller;
    if (outcome?.kind === 'rejected' && outcome.revoked !== undefined) {
      const origin = { author: { kind: 'unknown' }, ip, requestId } as const;
      const audit = deps.changes.by(origin);
      await route.onRevokedCaller?.({ ...deps, audit }, outcome.revoked);
    }
    const reason =
      outcome === null
        ? 'no credential'
        : outcome.kind === 'rejected'
          ? outcome.reason
          : `not for a ${outcome.caller.kind}`;
    const from = { ip, request_id: requestId };
    deps.log.info({ action: route.action, ...from, reason }, 'api caller refused');
    throw new AppError('unauthorized', UNAUTHORIZED);
  }

  async function run(route: Route, req: Request, res: Response): Promise<Reply> {
    const requestId = requestIdOf(res);
    const ip = clientIp(req);
    const caller = await callerOf(route, req, { ip, id: requestId, res });
    const who = { ...by(caller), ip, request_id: requestId };
    if (!hasScope(route, caller)) {
      deps.log.info({ action: route.action, ...who }, 'api token lacks the scope');
      return insufficientScope(route.scopes === 'any' ? [] : route.scopes);
    }
    const body = await readFields(req, route.bodyLimit);
    if (body.kind === 'unsupported') return UNSUPPORTED;
    const request = {
      caller,
      params: validate(route.params, req.params),
      query: validate(route.query, decodeForm(queryOf(req))),
      body: validate(route.body, body.fields),
      audit: deps.changes.by({ author: authorOf(caller), ip, requestId }),
      csv: req.accepts('json', 'csv') === 'csv',
    };
    const reply = await route.handler(request, deps);
    if (route.changes) {
      deps.log.info({ action: route.action, ...who, ...req.params, ...reply.about }, 'api change');
    }
    return reply;
  }

  const router = Router({ caseSensitive: true });
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = routes.filter((route) => route.path === path);
    const mounted = router.route(path);
    for (const route of here) {
      mounted[route.method](async (req, res) => send(req, res, await run(route, req, res)));
    }
    const allow = here.map((route) => route.method.toUpperCase()).join(', ');
    mounted.all((_req, res) => {
      res.set('Allow', allow).status(405).json({ error: '405 Not Allowed' });
    });
  }
  return router;
}
