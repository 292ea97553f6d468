/** Opens what everything else is built over: keys, store, audit stream, metrics. */
import { openAudit, type AuditStream } from './audit/open.ts';
import { createRegistryEvents, type RegistryEvents } from './audit/registry-events.ts';
import type { Clock } from './clock.ts';
import { openStore } from './compose-store.ts';
import { createAuthenticate, type Authenticate } from './credential/authenticate.ts';
import { createPasswordVerifier } from './credential/password-hash.ts';
import { refreshTokenRules, type RefreshTokenRules } from './credential/refresh-token-life.ts';
import { createSecretHash, type SecretHash } from './credential/secret-hash.ts';
import { servingNow } from './http/readiness.ts';
import { createExpiringCount } from './lifecycle/expiring-deploy-tokens.ts';
import type { Logger } from './log.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import type { Settings } from './settings/schema.ts';
import { openKeys, type Keys } from './signing/open-keys.ts';
import type { Store } from './store/ports.ts';
import { longestLife } from './settings/longest-life.ts';

export interface StartOptions {
  readonly settings: Settings;
  readonly log: Logger;
  readonly clock: Clock;
}

/** What both the token path and the API are built over. */
export interface Parts extends StartOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly secretHash: SecretHash;
  readonly authenticate: Authenticate;
  readonly refreshRules: RefreshTokenRules;
  readonly audit: AuditStream;
  /** null: nobody listens to registries. */
  readonly registryEvents: RegistryEvents | null;
  /** null: nobody wants to know. */
  readonly metrics: Metrics | null;
}

/** @throws AppError or ConfigurationError in words for the operator; then nothing is left open */
export async function openParts(options: StartOptions): Promise<Parts> {
  const { settings, log, clock } = options;
  const { credentials, token } = settings;
  const maxTokenTtl = longestLife(token.ttl);
  const metrics = settings.metrics.listen === 'off' ? null : createMetrics();
  const keys = await openKeys({ folder: settings.keys_dir, settings, clock, log, maxTokenTtl });
  const store = await openStore({
    settings,
    clock,
    log,
    fingerprint: keys.fingerprint,
    ...(metrics && { onCall: metrics.onStoreCall }),
  }).catch(async (error: unknown) => {
    await keys.close();
    throw error;
  });
  metrics?.watch({
    serving: () => servingNow({ keys, store }),
    signing: () => keys.state().ok,
    gauges: () => store.gauges(),
    expiringDeployTokens: createExpiringCount({ store, clock }),
  });
  const audit = openAudit({
    settings: settings.audit,
    dataDir: settings.data_dir,
    instance: store.instance,
    clock,
    log,
  });
  metrics?.watchAudit(audit);
  const registryEvents =
    settings.notifications.secret === undefined
      ? null
      : createRegistryEvents({
          store,
          told: audit.told,
          earlierIds: audit.registryEventIds,
          clock,
          log,
          longestLife: maxTokenTtl,
          count: metrics?.countRegistryEvent ?? (() => undefined),
        });
  const secretHash = createSecretHash(keys.secretHashKey);
  const refreshRules = refreshTokenRules(settings);
  const authenticate = createAuthenticate({
    ...store,
    jobTokenSigner: keys.jobTokenSigner,
    extendedTokenSigner: keys.extendedTokenSigner,
    secretHash,
    verifyPassword: createPasswordVerifier(),
    prefixes: credentials.prefixes,
    passwords: credentials.password,
    jobSettings: settings.jobs,
    refreshRules,
    clock,
  });
  return {
    ...options,
    store,
    keys,
    secretHash,
    authenticate,
    refreshRules,
    audit,
    registryEvents,
    metrics,
  };
}
