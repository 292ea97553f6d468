/** The first credential: a personal access token of the administrator `root`, which every other one is made with. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { changeOf, revocationOf } from '../audit/change-of.ts';
import type { RecordChange } from '../audit/changes.ts';
import type { Clock } from '../clock.ts';
import { personalAccessTokenFault } from '../credential/personal-access-token.ts';
import { Secret } from '../credential/secret.ts';
import type { SecretHash } from '../credential/secret-hash.ts';
import { mintToken } from '../credential/token-format.ts';
import { AppError } from '../errors.ts';
import type { Store } from '../store/ports.ts';
import type { PersonalAccessTokenRecord } from '../store/records.ts';

export interface AdminTokenDeps {
  readonly store: Store;
  readonly secretHash: SecretHash;
  readonly clock: Clock;
  readonly dataDir: string;
  /** Starts the secret. */
  readonly prefix: string;
  /** The operator's own secret; undefined: one is made and kept in the data folder. */
  readonly configured: Secret | undefined;
  readonly audit: RecordChange;
}

const ROOT = 'root';
const TOKEN_NAME = 'administration';

/** Instances that share a store have a file each, and leave each other's tokens alone. */
const tokenName = ({ store: { instance } }: AdminTokenDeps): string =>
  instance === null ? TOKEN_NAME : `${TOKEN_NAME} (instance ${instance})`;

const isConflict = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'conflict';

async function rootUserId({ store, clock, audit }: AdminTokenDeps): Promise<number> {
  const known = await store.directory.userByUsername(ROOT);
  if (known !== null) return known.id;
  const fields = {
    name: 'Administrator',
    email: null,
    state: 'active',
    admin: true,
    external: false,
    twoFactor: false,
    passwordHash: null,
  } as const;
  const create = { kind: 'user.create', username: ROOT, fields, managedBy: 'api' } as const;
  try {
    const [id = 0] = await store.directory.apply([create], clock.now());
    const told = changeOf('user', null, { username: ROOT, ...fields });
    audit('user.created', { kind: 'user', id, path: ROOT }, { admin: true, ...told });
    return id;
  } catch (error) {
    // Another instance that starts at the same time may have been faster.
    const made = isConflict(error) ? await store.directory.userByUsername(ROOT) : null;
    if (made === null) throw error;
    return made.id;
  }
}

async function isGood({ store, secretHash, clock }: AdminTokenDeps, secret: Secret) {
  const admission = await store.personalAccessTokens.admit(secretHash(secret));
  return admission !== null && personalAccessTokenFault(admission, clock.now()) === null;
}

function record(
  deps: AdminTokenDeps,
  what: 'created' | 'revoked',
  token: PersonalAccessTokenRecord,
): void {
  const { id, userId: user_id } = token;
  const target = { kind: 'personal_access_token', id, path: tokenName(deps) } as const;
  const told =
    what === 'revoked' ? revocationOf(token) : changeOf('personal_access_token', null, token);
  deps.audit(`personal_access_token.${what}`, target, { user_id, ...told });
}

async function register(deps: AdminTokenDeps, secret: Secret): Promise<void> {
  const userId = await rootUserId(deps);
  const token = {
    userId,
    name: tokenName(deps),
    description: 'Made at start for the administrator.',
    scopes: ['api'],
    expiresAt: null,
    hash: deps.secretHash(secret),
  };
  record(deps, 'created', await deps.store.personalAccessTokens.create(token, deps.clock.now()));
}

async function registerConfigured(deps: AdminTokenDeps, secret: Secret): Promise<void> {
  if (await isGood(deps, secret)) return;
  try {
    await register(deps, secret);
  } catch (error) {
    // As above: the same secret, registered by another instance.
    if (!isConflict(error) || !(await isGood(deps, secret))) throw error;
  }
}

/** Ends the tokens that earlier starts made and whose file is gone, so that a lost file is a dead secret. */
async function revokeLost(deps: AdminTokenDeps): Promise<void> {
  const { store, clock } = deps;
  const root = await store.directory.userByUsername(ROOT);
  if (root === null) return;
  const now = clock.now();
  const filter = { userId: root.id, active: true, now };
  const { items } = await store.personalAccessTokens.list(filter, { offset: 0, limit: 1000 });
  for (const token of items) {
    if (token.name !== tokenName(deps)) continue;
    const ended = await store.personalAccessTokens.revoke(token.id, now);
    if (ended !== null) record(deps, 'revoked', ended);
  }
}

async function readSecret(path: string): Promise<Secret | null> {
  try {
    return new Secret((await readFile(path, 'utf8')).trim());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Makes sure that an administrator's token exists.
 *
 * @returns the file that holds the secret alone (mode 0600), or null where the operator configured one
 */
export async function ensureAdminToken(deps: AdminTokenDeps): Promise<string | null> {
  if (deps.configured !== undefined) {
    await registerConfigured(deps, deps.configured);
    return null;
  }
  const path = join(deps.dataDir, 'admin-token');
  const kept = await readSecret(path);
  if (kept !== null && (await isGood(deps, kept))) return path;
  await revokeLost(deps);
  const secret = mintToken(deps.prefix);
  // Registered only once the file is whole: a crash in between leaves a file that the next start replaces.
  await writeFile(`${path}.new`, secret.reveal(), { mode: 0o600 });
  await rename(`${path}.new`, path);
  await register(deps, secret);
  return path;
}
