import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock } from '../clock.ts';
import { openStore } from '../compose-store.ts';
import { Secret } from '../credential/secret.ts';
import { AppError } from '../errors.ts';
import { createLog, type Logger } from '../log.ts';
import type { Settings } from '../settings/schema.ts';
import { openKeys } from '../signing/open-keys.ts';
import { copyStore, type Progress } from '../store/copy.ts';
import { databaseFile } from '../store/embedded/files.ts';
import type { Store } from '../store/ports.ts';
import { longestLife } from '../settings/longest-life.ts';

export interface CopyOptions {
  readonly settings: Settings;
  readonly from: string;
  readonly to: string;
  readonly cwd: string;
  readonly stderr: (text: string) => void;
  /** Whether standard error is a terminal, on which a line can be written again. */
  readonly isTerminal?: boolean;
}

type Place =
  | { readonly kind: 'embedded'; readonly folder: string }
  | { readonly kind: 'redis'; readonly url: Secret };

const FORMS = 'embedded, embedded:<data folder>, redis (the one of redis.url), or a Redis URL';

function placeOf(text: string, { settings, cwd }: CopyOptions): Place {
  if (text === 'embedded') return { kind: 'embedded', folder: settings.data_dir };
  if (text.startsWith('embedded:')) {
    return { kind: 'embedded', folder: resolve(cwd, text.slice('embedded:'.length)) };
  }
  if (/^rediss?(\+\w+)?:\/\//.test(text)) return { kind: 'redis', url: new Secret(text) };
  if (text !== 'redis') throw new AppError('bad_request', `A store is one of: ${FORMS}.`);
  if (settings.redis.url !== undefined) return { kind: 'redis', url: settings.redis.url };
  throw new AppError('bad_request', 'redis.url is not set: set it, or WHARFPASS_REDIS_URL.');
}

/** A source must be there: opening it would make an empty one. */
async function mustExist(place: Place): Promise<void> {
  if (place.kind === 'redis') return;
  const path = databaseFile(place.folder);
  if ((await stat(path).catch(() => null)) !== null) return;
  throw new AppError('not_found', `There is no store at ${path}.`);
}

async function keysFingerprint(settings: Settings, log: Logger): Promise<string> {
  if ((await stat(settings.keys_dir).catch(() => null)) === null) {
    const why = 'without its keys a store’s hashes are worth nothing';
    throw new AppError('not_found', `There is no keys folder ${settings.keys_dir}: ${why}.`);
  }
  const maxTokenTtl = longestLife(settings.token.ttl);
  const folder = settings.keys_dir;
  const keys = await openKeys({ folder, settings, clock: systemClock, log, maxTokenTtl });
  await keys.close();
  return keys.fingerprint;
}

function settingsFor(place: Place, settings: Settings): Settings {
  const { redis } = settings;
  if (place.kind === 'redis') return { ...settings, redis: { ...redis, url: place.url } };
  return { ...settings, data_dir: place.folder, redis: { ...redis, url: undefined } };
}

/** One line for each kind of thing; on a terminal it counts while it goes on. */
function createTell({ stderr, isTerminal = false }: CopyOptions): (progress: Progress) => void {
  return ({ kind, phase, rows, done }) => {
    if (!done && !isTerminal) return;
    const words = `${phase === 'copy' ? 'copied' : 'checked'}  ${kind}  ${rows.toLocaleString('en')}`;
    stderr(`${isTerminal ? '\r\u001B[K' : ''}${words}${done ? '\n' : ''}`);
  };
}

/** @returns what was done, in words */
export async function copy(options: CopyOptions): Promise<string> {
  const { settings } = options;
  const [from, to] = [placeOf(options.from, options), placeOf(options.to, options)];
  await mustExist(from);
  const log = createLog({ level: 'silent' }, { write: () => {} });
  const fingerprint = await keysFingerprint(settings, log);
  const open = (place: Place): Promise<Store> =>
    openStore({ settings: settingsFor(place, settings), clock: systemClock, log, fingerprint });
  const source = await open(from);
  try {
    const target = await open(to);
    try {
      const rows = await copyStore(source.transfer, target.transfer, createTell(options));
      const count = (kind: 'users' | 'projects' | 'jobs'): string =>
        `${rows.get(kind) ?? 0} ${kind}`;
      const tokens = (rows.get('deploy_tokens') ?? 0) + (rows.get('personal_access_tokens') ?? 0);
      const what = `${count('users')}, ${count('projects')}, ${tokens} tokens, ${count('jobs')}`;
      return `Copied and checked: ${what}. The source was left as it is.\n`;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
