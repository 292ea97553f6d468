/** What anybody may read: public keys, the CA certificate, and how the server does. */
import { Router, type Request } from 'express';
import { AppError } from '../errors.ts';
import type { Settings } from '../settings/schema.ts';
import type { ExtendedTokenSigner, JobTokenSigner } from '../signing/ports.ts';
import type { Store } from '../store/ports.ts';
import { realmOf } from './address.ts';
import { readParameters } from './parameters.ts';
import { readiness } from './readiness.ts';

/** What the open pages and the API need of signing. */
export interface ServedKeys {
  readonly jobTokenSigner: JobTokenSigner;
  readonly extendedTokenSigner: ExtendedTokenSigner;
  readonly deployTokenSealKey: Buffer;
  /** Of a service, or of those that share their keys. */
  jwks(service?: string): object;
  caCertificatePem(service?: string): string;
  /** `ok` is false while no registry token can be signed. */
  state(): { readonly ok: boolean };
}

export interface WellKnownDeps {
  readonly keys: ServedKeys;
  readonly store: Store;
  readonly settings: Settings;
}

/** Seconds that a registry may keep the keys. */
const KEYS_MAX_AGE = 300;

const addressOf = (req: Request): string => `${req.protocol}://${req.headers.host ?? 'localhost'}`;

/**
 * The service that a client asks about; undefined where it asks about none.
 *
 * @throws AppError `not_found` for one that is not configured
 */
function serviceOf({ url }: Request, { services }: Settings): string | undefined {
  const start = url.indexOf('?');
  const service = start === -1 ? null : readParameters(url.slice(start + 1)).one('service');
  if (service === null) return undefined;
  if (Object.hasOwn(services, service)) return service;
  throw new AppError('not_found', 'There is no such service here.');
}

export function createWellKnown(deps: WellKnownDeps): Router {
  const { keys, settings } = deps;
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/', (req, res) => {
    const realm = realmOf(settings.public_url ?? addressOf(req));
    res
      .type('text/plain')
      .send(`wharfpass, a token server for container registries.\nrealm: ${realm}\n`);
  });
  router.get('/healthz', (_req, res) => {
    res.set('Cache-Control', 'no-store').json({ status: 'ok' });
  });
  router.get('/readyz', async (_req, res) => {
    const state = await readiness(deps);
    // Whoever balances load by this must not take away an instance that can still serve somebody.
    const useless = state.status === 'unavailable';
    if (useless) res.set('Retry-After', '1');
    res
      .set('Cache-Control', 'no-store')
      .status(useless ? 503 : 200)
      .json(state);
  });
  router.get('/.well-known/jwks.json', (req, res) => {
    const service = serviceOf(req, settings);
    res.set('Cache-Control', `public, max-age=${KEYS_MAX_AGE}`).type('application/jwk-set+json');
    res.send(JSON.stringify(keys.jwks(service)));
  });
  router.get('/ca.crt', (req, res) => {
    const service = serviceOf(req, settings);
    res.set('Content-Disposition', 'attachment; filename="ca.crt"').type('application/x-pem-file');
    res.send(keys.caCertificatePem(service));
  });
  return router;
}
