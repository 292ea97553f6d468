import type { JobStatus, MemberSource } from '../../records.ts';
import type { Bit, Database } from '../../embedded/database.ts';
import { endKey, revocationKey, type JobEnd, type Revocation, type TokenName } from './entries.ts';

type EndRow = [
  projectId: number,
  jobId: number,
  tokenHash: string | null,
  status: JobStatus,
  at: number,
  confirmed: Bit,
];
type RevocationRow = [
  kind: TokenName['kind'],
  holderKind: MemberSource['kind'] | null,
  holderId: number | null,
  tokenId: number | null,
  tokenHash: string | null,
  at: number,
  confirmed: Bit,
];

/** Rows that one clean-up takes at most, so that it holds nobody up. */
const SWEEP = 1_000;

function endOf([projectId, jobId, tokenHash, status, at]: EndRow): JobEnd {
  return { projectId, jobId, tokenHash, status, at };
}

/** The schema lets exactly one of id and hash be set. */
function nameOf([kind, holderKind, holderId, id, hash]: RevocationRow): TokenName {
  if (kind === 'refresh') return { kind, tokenHash: hash ?? '' };
  const tokenId = id ?? 0;
  if (kind === 'personal') return { kind, holder: null, tokenId };
  return { kind, holder: { kind: holderKind ?? 'project', id: holderId ?? 0 }, tokenId };
}

function nameColumns(name: TokenName) {
  if (name.kind === 'refresh') return [name.kind, null, null, null, name.tokenHash] as const;
  const { kind, holder, tokenId } = name;
  return [kind, holder?.kind ?? null, holder?.id ?? null, tokenId, null] as const;
}

function prepareEnds(db: Database) {
  const all = db.prepare<EndRow>(
    'SELECT project_id, job_id, token_hash, status, at, confirmed FROM ends',
  );
  // The first end of a job stands. What is known by id alone may be about a later job, so there the last one does.
  // Either is to be confirmed again.
  const insert = db.prepare(
    `INSERT INTO ends (key, project_id, job_id, token_hash, status, at, expires, confirmed)
     VALUES (?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (key) DO UPDATE SET confirmed = 0,
       status = iif(token_hash IS NULL, excluded.status, status),
       at = iif(token_hash IS NULL, excluded.at, at),
       expires = iif(token_hash IS NULL, excluded.expires, expires)`,
  );
  return {
    all: () => all.all().map((row) => ({ entry: endOf(row), confirmed: row[5] === 1 })),
    add: (end: JobEnd, expires: number) => {
      const { projectId, jobId, tokenHash, status, at } = end;
      insert.run(endKey(end), projectId, jobId, tokenHash, status, at, expires);
    },
  };
}

function prepareRevocations(db: Database) {
  const all = db.prepare<RevocationRow>(
    'SELECT kind, holder_kind, holder_id, token_id, token_hash, at, confirmed FROM revocations',
  );
  const insert = db.prepare(
    `INSERT INTO revocations (key, kind, holder_kind, holder_id, token_id, token_hash, at, expires, confirmed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (key) DO UPDATE SET confirmed = 0`,
  );
  return {
    all: () =>
      all.all().map((row) => ({
        entry: { ...nameOf(row), at: row[5] },
        confirmed: row[6] === 1,
      })),
    add: (revocation: Revocation, expires: number) => {
      const key = revocationKey(revocation);
      insert.run(key, ...nameColumns(revocation), revocation.at, expires);
    },
  };
}

function prepareTable(db: Database, table: 'ends' | 'revocations') {
  const confirm = db.prepare(
    `UPDATE ${table} SET confirmed = 1, expires = min(expires, ifnull(?, expires)) WHERE key = ?`,
  );
  const remove = db.prepare(`DELETE FROM ${table} WHERE key = ?`);
  // A job is over at its deadline in any case; a token lives on until its revocation has arrived.
  const due = table === 'revocations' ? 'expires <= ? AND confirmed = 1' : 'expires <= ?';
  const sweep = db.prepare<[string]>(
    `DELETE FROM ${table} WHERE key IN
       (SELECT key FROM ${table} WHERE ${due} ORDER BY expires LIMIT ${SWEEP}) RETURNING key`,
  );
  return {
    /** @param expires an earlier moment than the one that it had; null: leave it */
    confirm: (key: string, expires: number | null) => void confirm.run(expires, key),
    remove: (key: string) => void remove.run(key),
    /** The keys of some of those that have expired, which are gone now. */
    sweep: (now: number) => sweep.all(now).map(([key]) => key),
  };
}

function prepareIdentity(db: Database) {
  const get = db.prepare<[string]>('SELECT value FROM identity WHERE name = ?');
  const set = db.prepare('INSERT INTO identity (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING');
  return {
    get: (name: 'instance' | 'store') => get.get(name)?.[0] ?? null,
    set: (name: 'instance' | 'store', value: string) => void set.run(name, value),
  };
}

export function prepareStatements(db: Database) {
  return {
    identity: prepareIdentity(db),
    ends: { ...prepareEnds(db), ...prepareTable(db, 'ends') },
    revocations: { ...prepareRevocations(db), ...prepareTable(db, 'revocations') },
  };
}

export type Statements = ReturnType<typeof prepareStatements>;
