import { AppError } from '../../errors.ts';
import type { DeployTokenEntry, SecretEntry } from '../bulk.ts';
import { earlier, prepareInsert, same, type BulkNames, type Put } from './bulk-names.ts';
import type { Database, Value } from './database.ts';
import { isReservedLogin } from './paths.ts';
import { sourceColumns } from './source.ts';

const COLUMNS =
  'name, username, scopes, expires_at, revoked_at, created_by, created_at, rotate_every';
const MARKS = COLUMNS.replaceAll(/\w+/g, '?');

/** The one reserved form that tokens do have: the name that they get by themselves. */
const OWN_USERNAME = /^gitlab\+deploy-token-\d+$/;

function checkUsername(username: string | null): void {
  if (username === null || OWN_USERNAME.test(username) || !isReservedLogin(username)) return;
  throw new AppError('bad_request', `The username ${JSON.stringify(username)} is reserved.`);
}

type Row = [...Value[]];
type HeldRow = [id: number, projectId: number | null, groupId: number | null, origin: string];

function prepareStatements(db: Database) {
  return {
    tokenOf: db.prepare<[number]>('SELECT token_id FROM deploy_token_secrets WHERE hash = ?'),
    held: db.prepare<HeldRow>(
      'SELECT id, project_id, group_id, origin FROM deploy_tokens WHERE id = ?',
    ),
    read: db.prepare<Row>(`SELECT ${COLUMNS} FROM deploy_tokens WHERE id = ?`),
    insert: prepareInsert(
      db,
      `INSERT INTO deploy_tokens (${COLUMNS}, project_id, group_id, origin)
       VALUES (${MARKS}, ?, ?, ?)`,
    ),
    setUsername: db.prepare('UPDATE deploy_tokens SET username = ? WHERE id = ?'),
    update: db.prepare(`UPDATE deploy_tokens SET (${COLUMNS}) = (${MARKS}) WHERE id = ?`),
    readSecret: db.prepare<[createdAt: number, expiresAt: number | null]>(
      'SELECT created_at, expires_at FROM deploy_token_secrets WHERE hash = ?',
    ),
    insertSecret: db.prepare(
      `INSERT INTO deploy_token_secrets (token_id, hash, created_at, expires_at) VALUES (?, ?, ?, ?)`,
    ),
    updateSecret: db.prepare(
      'UPDATE deploy_token_secrets SET (created_at, expires_at) = (?, ?) WHERE hash = ?',
    ),
  };
}

export function prepareBulkDeployTokens(db: Database, names: BulkNames): Put<DeployTokenEntry> {
  const sql = prepareStatements(db);

  /** undefined: none of the secrets is known. */
  function tokenWith(secrets: readonly SecretEntry[]): number | undefined {
    const ids = new Set(secrets.flatMap(({ hash }) => sql.tokenOf.get(hash) ?? []));
    if (ids.size > 1) {
      throw new AppError('conflict', 'Its secrets belong to more than one deploy token here.');
    }
    return ids.values().next().value;
  }

  const makerOf = ({ createdBy }: DeployTokenEntry): number | null =>
    createdBy === null ? null : names.user(createdBy);

  function create(entry: DeployTokenEntry, now: number): void {
    const holder = names.place(entry.holder);
    const { username, createdAt = now } = entry;
    const id = sql.insert(
      entry.name,
      username ?? '',
      JSON.stringify(entry.scopes),
      entry.expiresAt,
      entry.revokedAt,
      makerOf(entry),
      createdAt,
      entry.rotateEvery,
      ...sourceColumns(holder),
      entry.origin,
    );
    if (username === null) sql.setUsername.run(`gitlab+deploy-token-${id}`, id);
    for (const secret of entry.secrets) addSecret(id, secret, createdAt);
  }

  function addSecret(tokenId: number, secret: SecretEntry, born: number): void {
    sql.insertSecret.run(tokenId, secret.hash, secret.createdAt ?? born, secret.expiresAt);
  }

  function refuseMoved(entry: DeployTokenEntry, id: number): void {
    const { kind, id: holderId } = names.place(entry.holder);
    const [, projectId, groupId, origin] = sql.held.get(id) ?? [];
    const held = kind === 'project' ? projectId : groupId;
    if (held === holderId && origin === entry.origin) return;
    throw new AppError(
      'conflict',
      `Its secret is that of deploy token ${id}, which is another one.`,
    );
  }

  /** True where something differed. */
  function putSecret(tokenId: number, secret: SecretEntry, now: number): boolean {
    const known = sql.readSecret.get(secret.hash);
    if (known === undefined) {
      addSecret(tokenId, secret, now);
      return true;
    }
    const wanted = [secret.createdAt ?? known[0], earlier(known[1], secret.expiresAt)] as const;
    if (same(wanted, known)) return false;
    sql.updateSecret.run(...wanted, secret.hash);
    return true;
  }

  function change(entry: DeployTokenEntry, id: number, now: number): boolean {
    refuseMoved(entry, id);
    const before = sql.read.get(id) ?? [];
    const [, username = null, , , revokedAt = null, , createdAt = now] = before;
    const wanted = [
      entry.name,
      entry.username ?? username,
      JSON.stringify(entry.scopes),
      entry.expiresAt,
      earlier(revokedAt as number | null, entry.revokedAt),
      makerOf(entry),
      entry.createdAt ?? createdAt,
      entry.rotateEvery,
    ];
    const differs = !same(wanted, before);
    if (differs) sql.update.run(...wanted, id);
    return entry.secrets.map((secret) => putSecret(id, secret, now)).includes(true) || differs;
  }

  return (entry, now) => {
    checkUsername(entry.username);
    const id = tokenWith(entry.secrets);
    if (id !== undefined) return change(entry, id, now) ? 'updated' : 'unchanged';
    create(entry, now);
    return 'created';
  };
}
