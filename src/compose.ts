/**
 * The composition root: starts the server over every part, built from the settings.
 */
import { join } from 'node:path';
import { recordDirectoryChanges } from './audit/directory-changes.ts';
import { openListeners } from './compose-listeners.ts';
import { openParts, type Parts, type StartOptions } from './compose-parts.ts';
import { applyDirectoryFile } from './directory/apply.ts';
import { openMetricsServer, type MetricsServer } from './http/metrics-server.ts';
import { ensureAdminToken } from './lifecycle/admin-token.ts';
import { createConvertedTokenSweep } from './lifecycle/converted-tokens.ts';
import { createRefreshTokenSweep } from './lifecycle/refresh-tokens.ts';
import { createReminders } from './lifecycle/reminders.ts';
import { DEFAULT_METRICS_LISTEN } from './settings/sections.ts';

export interface RunningServer {
  /** Where it listens, for a client on this machine. */
  readonly url: string;
  /** What a registry's `auth.token.realm` is set to. */
  readonly realm: string;
  /** Of the REST API, without `/api/v4`; null where it is switched off. */
  readonly apiUrl: string | null;
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
  const { changes, before, text } = await applyDirectoryFile({ directory, path, clock, log });
  await recordDirectoryChanges(audit.changes.bySystem, directory, { changes, before, file: path });
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
  const sweeps = [createConvertedTokenSweep, createRefreshTokenSweep].map((create) =>
    create({ store, clock, log }),
  );
  const { bySystem } = parts.audit.changes;
  const days = settings.deploy_tokens.reminders;
  const reminders = createReminders({ store, clock, log, audit: bySystem, days });
  const closeParts = async (): Promise<void> => {
    for (const sweep of sweeps) sweep.stop();
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
    const { close, ...places } = await openListeners(parts);
    for (const sweep of sweeps) sweep.start();
    reminders.start();
    return {
      ...places,
      caPath: join(settings.keys_dir, 'ca.crt'),
      metricsUrl: metricsServer?.url ?? null,
      adminTokenPath,
      reloadDirectory: () => reload(parts),
      close: async () => {
        await close();
        await closeParts();
      },
    };
  } catch (error) {
    await closeParts();
    throw error;
  }
}
