/** Everything but the token path: the REST API and the open pages. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { AuditStream } from '../audit/open.ts';
import type { RegistryEvents } from '../audit/registry-events.ts';
import { noChanges } from '../audit/trail.ts';
import type { Clock } from '../clock.ts';
import type { Authenticate } from '../credential/authenticate.ts';
import { createSealedSecrets } from '../credential/sealed-secret.ts';
import type { SecretHash } from '../credential/secret-hash.ts';
import type { Logger } from '../log.ts';
import { packageVersion } from '../package-version.ts';
import type { Settings } from '../settings/schema.ts';
import type { Store } from '../store/ports.ts';
import { createResolveCaller } from './api/caller.ts';
import { sendFault } from './api/errors.ts';
import { createApiPages } from './api/openapi/pages.ts';
import type { RateLimits } from './api/rate-limits.ts';
import { createApiRouter } from './api/router.ts';
import { API_ROUTES } from './api/routes.ts';
import { createClientIp } from './client-ip.ts';
import { createReceiver } from './notifications/receiver.ts';
import { createRequestIds, nameRequest, requestIdOf } from './request-id.ts';
import { createWellKnown, type ServedKeys } from './well-known.ts';

export interface AppDeps {
  readonly settings: Settings;
  readonly log: Logger;
  readonly clock: Clock;
  readonly store: Store;
  readonly keys: ServedKeys;
  readonly secretHash: SecretHash;
  readonly authenticate: Authenticate;
  /** Absent: changes are written nowhere but in the log. */
  readonly audit?: Pick<AuditStream, 'changes' | 'search'>;
  /** Absent: none of it is there. */
  readonly oauth?: RequestHandler;
  /** Absent or null: nobody listens to registries. */
  readonly registryEvents?: Pick<RegistryEvents, 'record'> | null;
  /** Absent: callers of the REST API may ask as often as they like. */
  readonly rateLimits?: RateLimits;
}

/** Nothing here is a page: no script, frame or form has any business with an answer. */
const NO_CONTENT_POLICY = {
  useDefaults: false,
  directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
};

const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
};

const notFound: RequestHandler = (_req, res) => {
  res.status(404).json({ error: '404 Not Found' });
};

/** What every listener of ours does with every request. */
function createBase({ settings }: AppDeps): Express {
  const requestId = createRequestIds();
  const app = express();
  app.set('trust proxy', settings.trusted_proxies);
  // Queries are read by our own decoder, and nothing is kept by clients.
  app.set('query parser', false);
  app.set('etag', false);
  app.set('env', 'production');
  app.use((_req, res, next) => {
    nameRequest(res, requestId());
    next();
  });
  app.use(helmet({ contentSecurityPolicy: NO_CONTENT_POLICY }));
  return app;
}

function mountApi(app: Express, deps: AppDeps): void {
  const { settings, log, clock, store, keys, secretHash, authenticate } = deps;
  app.use('/api', noStore, createApiPages(API_ROUTES, packageVersion()));
  app.use(
    '/api/v4',
    createApiRouter({
      routes: API_ROUTES,
      deps: {
        store,
        clock,
        secretHash,
        jobTokens: keys.jobTokenSigner,
        extendedTokens: keys.extendedTokenSigner,
        sealedSecrets: createSealedSecrets(keys.deployTokenSealKey),
        settings,
        log,
        changes: deps.audit?.changes ?? noChanges,
        searchEvents: deps.audit?.search ?? null,
      },
      resolveCaller: createResolveCaller({
        store,
        secretHash,
        authenticate,
        prefixes: settings.credentials.prefixes,
        clock,
      }),
      clientIp: createClientIp(settings.trusted_proxies),
      ...(deps.rateLimits && { rateLimits: deps.rateLimits }),
    }),
  );
}

function finish(app: Express, { log }: AppDeps): Express {
  app.use(notFound);
  const fault: ErrorRequestHandler = (thrown: unknown, _req, res, _next) =>
    sendFault(thrown, res, log, requestIdOf(res));
  app.use(fault);
  return app;
}

/** @param options.api false: the REST API is elsewhere or nowhere, and a request for it finds nothing */
export function createApp(deps: AppDeps, { api }: { readonly api: boolean } = { api: true }) {
  const { settings, log, store, keys } = deps;
  const app = createBase(deps);
  app.use(createWellKnown({ keys, store, settings }));
  const { record } = deps.registryEvents ?? {};
  const { secret } = settings.notifications;
  if (record && secret) app.use(createReceiver({ secret, record, log }));
  if (deps.oauth !== undefined) app.use(deps.oauth);
  if (api) mountApi(app, deps);
  return finish(app, deps);
}

/** The REST API alone, for a listener of its own, and what tells that it answers. */
export function createApiApp(deps: AppDeps): Express {
  const app = createBase(deps);
  app.get('/healthz', noStore, (_req, res) => void res.json({ status: 'ok' }));
  mountApi(app, deps);
  return finish(app, deps);
}
