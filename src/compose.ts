/**
 * The composition root: builds every part from the settings and hands each what it needs.
 */
import { join } from 'node:path';
import { createAudit, forAll } from './audit.ts';
import { createDecisionEvents } from './audit/decisions.ts';
import { recordDirectoryChanges } from './audit/directory-changes.ts';
import { createUseNotes } from './audit/job-token-uses.ts';
import { openAudit, type AuditStream } from './audit/open.ts';
import type { Clock } from './clock.ts';
import { openStore } from './compose-store.ts';
import { createAuthenticate, type Authenticate } from './credential/authenticate.ts';
import { createPasswordVerifier } from './credential/password-hash.ts';
import { createSecretHash, type SecretHash } from './credential/secret-hash.ts';
import { applyDirectoryFile } from './directory/apply.ts';
import { parseAddress, realmOf, urlOf, warnOfPlainHttp } from './http/address.ts';
import { createApp } from './http/app.ts';
import { createClientIp } from './http/client-ip.ts';
import { openMetricsServer, type MetricsServer } from './http/metrics-server.ts';
import { servingNow } from './http/readiness.ts';
import { createRequestIds } from './http/request-id.ts';
import { createHttpServer, drain, listen } from './http/server.ts';
import { createTokenEndpoint } from './http/token-endpoint.ts';
import { createTokenMeters, noMeters } from './http/token-meter.ts';
import { ensureAdminToken } from './lifecycle/admin-token.ts';
import { createConvertedTokenSweep } from './lifecycle/converted-tokens.ts';
import { createExpiringCount } from './lifecycle/expiring-deploy-tokens.ts';
import { createReminders } from './lifecycle/reminders.ts';
import type { Logger } from './log.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import type { Settings } from './settings/schema.ts';
import { DEFAULT_METRICS_LISTEN } from './settings/sections.ts';
import { openKeys, type Keys } from './signing/open-keys.ts';
import type { Store } from './store/ports.ts';
import { createIssueToken } from './token/issue-token.ts';
import { createWriteAttemptReport } from './token/report-write-attempt.ts';
import { servicesOf } from './token/services.ts';
import { createCountWriteAttempt } from './token/write-attempts.ts';

export interface RunningServer {
  /** Where it listens, for a client on this machine. */
  readonly url: string;
  /** What a registry's `auth.token.realm` is set to. */
  readonly realm: string;
  readonly caPath: string;
  /** Of the metrics page; null where it is switched off. */
  readonly metricsUrl: string | null;
  /** null where the operator configured the administrator's token. */
  readonly adminTokenPath: string | null;
  /** Applies the directory file anew; resolves to the changes in words. */
  reloadDirectory(): Promise<string>;
  /** Stops taking requests, finishes those that run, and lets go of everything. */
  close(): Promise<void>;
}

export interface StartOptions {
  readonly settings: Settings;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Milliseconds that running requests have to finish when the server ends. */
const DRAIN = 10_000;

/** What both the token path and the API are built over. */
interface Parts extends StartOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly secretHash: SecretHash;
  readonly authenticate: Authenticate;
  readonly audit: AuditStream;
  /** null: nobody wants to know. */
  readonly metrics: Metrics | null;
}

async function openParts(options: StartOptions): Promise<Parts> {
  const { settings, log, clock } = options;
  const { credentials, token } = settings;
  const maxTokenTtl = Math.max(token.pull_ttl, token.push_ttl);
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
  const secretHash = createSecretHash(keys.secretHashKey);
  const authenticate = createAuthenticate({
    ...store,
    jobTokenSigner: keys.jobTokenSigner,
    extendedTokenSigner: keys.extendedTokenSigner,
    secretHash,
    verifyPassword: createPasswordVerifier(),
    prefixes: credentials.prefixes,
    passwords: credentials.password,
    jobSettings: settings.jobs,
    clock,
  });
  return { ...options, store, keys, secretHash, authenticate, audit, metrics };
}

function composeWriteAttempts({ settings, store, log, audit, metrics }: Parts) {
  const { write_attempts: limit, write_window: window } = settings.jobs.after_job;
  const count = metrics?.countWriteAttempt ?? (() => undefined);
  return createCountWriteAttempt({
    convertedTokens: store.convertedTokens,
    limits: { limit, windowMs: window * 1000 },
    onAttempt: createWriteAttemptReport({ log, changes: audit.changes, count }),
  });
}

function composeTokenEndpoint(parts: Parts) {
  const { settings, log, clock, store, keys, authenticate, metrics } = parts;
  const { token, credentials } = settings;
  const issueToken = createIssueToken({
    authenticate,
    countWriteAttempt: composeWriteAttempts(parts),
    directory: store.directory,
    signer: keys.registrySigner,
    audit: forAll([
      createAudit(log),
      createDecisionEvents(parts.audit),
      createUseNotes(store.jobTokenUses, clock),
    ]),
    clock,
    issuer: settings.issuer,
    services: servicesOf(settings),
    defaultService: settings.service,
    life: { pullTtl: token.pull_ttl, pushTtl: token.push_ttl },
    clockSkew: token.clock_skew,
    maxTokenSize: token.max_size,
    anonymousLogin: settings.anonymous.login,
  });
  return createTokenEndpoint({
    issueToken,
    clientIp: createClientIp(settings.trusted_proxies),
    requestId: createRequestIds(),
    log,
    issuedAt: token.issued_at,
    startMeter:
      metrics === null
        ? noMeters
        : createTokenMeters(metrics.countTokenRequest, credentials.prefixes),
  });
}

/** Nobody asked for the default address, so that a second server on the machine starts where the first one has it. */
async function serveMetrics({ settings, log, metrics }: Parts): Promise<MetricsServer | null> {
  if (metrics === null) return null;
  const address = settings.metrics.listen;
  return openMetricsServer({ address, page: metrics, log }).catch((error: unknown) => {
    if (address !== DEFAULT_METRICS_LISTEN) throw error;
    log.warn({ err: error }, 'serving without metrics');
    return null;
  });
}

async function reload({ settings, store, clock, log, audit }: Parts): Promise<string> {
  const path = settings.directory.file;
  if (path === undefined) return 'directory.file is not set: there is no file to apply.';
  const { directory } = store;
  const { changes, text } = await applyDirectoryFile({ directory, path, clock, log });
  await recordDirectoryChanges(audit.changes.bySystem, directory, { changes, file: path });
  return text;
}

/**
 * Opens keys and store, applies the directory file, and serves.
 *
 * @throws AppError or ConfigurationError in words for the operator; then nothing is left open
 */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { settings, log, clock } = options;
  const parts = await openParts(options);
  const { store, keys, secretHash } = parts;
  let metricsServer: MetricsServer | null = null;
  const sweep = createConvertedTokenSweep({ store, clock, log });
  const { bySystem } = parts.audit.changes;
  const days = settings.deploy_tokens.reminders;
  const reminders = createReminders({ store, clock, log, audit: bySystem, days });
  const closeParts = async (): Promise<void> => {
    sweep.stop();
    reminders.stop();
    await metricsServer?.close();
    await parts.audit.close();
    await store.close();
    await keys.close();
  };
  try {
    const adminTokenPath = await ensureAdminToken({
      store,
      secretHash,
      clock,
      dataDir: settings.data_dir,
      prefix: settings.credentials.prefixes.personal_access_token[0] ?? '',
      configured: settings.admin_token,
      audit: parts.audit.changes.bySystem,
    });
    // After the administrator, whom the file may name as a member.
    if (settings.directory.file !== undefined) await reload(parts);
    metricsServer = await serveMetrics(parts);
    const app = createApp({ ...parts });
    const server = createHttpServer(composeTokenEndpoint(parts), app);
    const address = parseAddress(settings.listen);
    const port = await listen(server, address);
    warnOfPlainHttp(settings, log);
    sweep.start();
    reminders.start();
    return {
      url: urlOf({ ...address, port }),
      realm: realmOf(settings.public_url ?? `http://localhost:${port}`),
      caPath: join(settings.keys_dir, 'ca.crt'),
      metricsUrl: metricsServer?.url ?? null,
      adminTokenPath,
      reloadDirectory: () => reload(parts),
      close: async () => {
        await drain(server, DRAIN);
        await closeParts();
      },
    };
  } catch (error) {
    await closeParts();
    throw error;
  }
}
