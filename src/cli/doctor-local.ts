/** The wharfpass of this machine, for the doctor: what its settings and its ca.crt say. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalServer } from '../doctor/local-server.ts';
import { ConfigurationError } from '../settings/problem.ts';
import type { Settings } from '../settings/schema.ts';
import type { Context } from './context.ts';

/** Null where no wharfpass has keys here, or its settings cannot be used. */
export async function localServer(context: Context): Promise<LocalServer | null> {
  const settings = await settingsOrNull(context);
  const authority = settings === null ? null : authorityIn(settings.keys_dir);
  if (settings === null || authority === null) return null;
  return {
    issuer: settings.issuer,
    services: Object.keys(settings.services),
    publicUrl: settings.public_url,
    maxTokenSize: settings.token.max_size,
    authority,
  };
}

async function settingsOrNull(context: Context): Promise<Settings | null> {
  try {
    return await context.loadSettings();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const advice = 'see `wharfpass check`';
    context.stderr(`The settings here cannot be used and are left out of this: ${advice}.\n`);
    return null;
  }
}

function authorityIn(folder: string): X509Certificate | null {
  try {
    return new X509Certificate(readFileSync(join(folder, 'ca.crt')));
  } catch {
    return null;
  }
}
