/** The replica's content: where it stands, the rows of each commit, and the last commits themselves. */
import type { Clock } from '../../../clock.ts';
import { storeUnavailable } from '../../../errors.ts';
import type { Database } from '../../embedded/database.ts';
import { FORMAT, parseOps, type Commit, type Identity, type Position } from './commit.ts';
import { prepareRows } from './rows.ts';

/** Commits that are kept to give them back after a failover: so many, and all of the last ten minutes. */
const KEPT_COMMITS = 1_000;
const KEPT_FOR = 600_000;

export interface Replica {
  /** null: nothing was ever loaded. */
  identity(): Identity | null;
  /** Applies what follows on the position and passes over what it has; one transaction. */
  apply(commits: readonly Commit[]): void;
  /** The commit that made this version, as far as commits are kept. */
  idAt(version: number): string | null;
  /** Kept commits after `version`, oldest first; null where one of them is not kept. */
  commitsAfter(version: number): readonly Commit[] | null;
  /** Replaces everything: `fill` writes the rows, in pieces. Until it is done reads find the old content. */
  replace(identity: Identity, fill: () => Promise<void>): Promise<void>;
}

type CommitRow = [version: number, id: string, quiet: number, ops: string];

function prepareReplica(db: Database) {
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
    position: db.prepare<[string, number, string]>(
      'SELECT store, version, id FROM replica_position',
    ),
    setPosition: db.prepare(
      `INSERT INTO replica_position (format, store, version, id) VALUES (${FORMAT}, ?, ?, ?)
       ON CONFLICT DO UPDATE SET (store, version, id) = (excluded.store, excluded.version, excluded.id)`,
    ),
    keep: db.prepare(
      'INSERT INTO replica_commits (version, id, quiet, ops, applied_at) VALUES (?, ?, ?, ?, ?)',
    ),
    // The oldest few: whatever is kept, a commit costs the same, and the list still shrinks.
    forget: db.prepare(
      `DELETE FROM replica_commits WHERE version <= ? AND applied_at <= ?
       AND version IN (SELECT version FROM replica_commits ORDER BY version LIMIT 4)`,
    ),
    forgetAll: db.prepare('DELETE FROM replica_commits'),
    idAt: db.prepare<[string]>('SELECT id FROM replica_commits WHERE version = ?'),
    after: db.prepare<CommitRow>(
      'SELECT version, id, quiet, ops FROM replica_commits WHERE version > ? ORDER BY version',
    ),
    moveVersion: db.prepare(`UPDATE counters SET value = value + 1 WHERE name = 'version'`),
  };
}

type Statements = ReturnType<typeof prepareReplica>;

function readIdentity(sql: Statements): Identity | null {
  const row = sql.position.get();
  return row === undefined ? null : { store: row[0], position: { version: row[1], id: row[2] } };
}

function commitsAfter(sql: Statements, from: number, to: number): readonly Commit[] | null {
  const rows = sql.after.all(from);
  if (rows.length !== to - from) return null;
  return rows.map(([version, id, quiet, ops]) => ({
    version,
    id,
    quiet: quiet === 1,
    ops: parseOps(ops),
  }));
}

/** @param onApplied called after each transaction, with what was new; before anybody hears of it */
export function createReplica(
  db: Database,
  clock: Clock,
  onApplied: (commits: readonly Commit[]) => void,
): Replica {
  const sql = prepareReplica(db);
  const rows = prepareRows(db);
  let identity = readIdentity(sql);
  let replacing = false;

  function applyOne(store: string, commit: Commit): void {
    const { version, id, quiet, ops } = commit;
    rows.apply(ops);
    if (!quiet) sql.moveVersion.run();
    sql.keep.run(version, id, Number(quiet), JSON.stringify(ops), clock.now());
    sql.forget.run(version - KEPT_COMMITS, clock.now() - KEPT_FOR);
    sql.setPosition.run(store, version, id);
  }

  /** An error leaves all as it was. */
  function transact(work: () => void): void {
    sql.begin.run();
    try {
      work();
      sql.commit.run();
    } catch (error) {
      if (db.inTransaction) sql.rollback.run();
      throw storeUnavailable('the replica cannot take a commit', error);
    }
  }

  function newOf(commits: readonly Commit[], at: Position): readonly Commit[] {
    const fresh = commits.filter(({ version }) => version > at.version);
    if (fresh.some(({ version }, index) => version !== at.version + 1 + index)) {
      throw storeUnavailable('commits are missing between the replica and what it was given');
    }
    return fresh;
  }

  async function replace(next: Identity, fill: () => Promise<void>): Promise<void> {
    replacing = true;
    sql.begin.run();
    try {
      await fill();
      const { store, position } = next;
      sql.forgetAll.run();
      sql.keep.run(position.version, position.id, 0, null, clock.now());
      sql.setPosition.run(store, position.version, position.id);
      sql.moveVersion.run();
      sql.commit.run();
    } catch (error) {
      if (db.isOpen && db.inTransaction) sql.rollback.run();
      throw storeUnavailable('the replica cannot take what is in Redis', error);
    } finally {
      replacing = false;
    }
    identity = next;
    onApplied([]);
  }

  return {
    identity: () => identity,
    apply: (commits) => {
      if (identity === null || replacing) throw storeUnavailable('the replica is being loaded');
      const { store, position } = identity;
      const fresh = newOf(commits, position);
      const last = fresh[fresh.length - 1];
      if (last === undefined) return;
      transact(() => fresh.forEach((commit) => applyOne(store, commit)));
      identity = { store, position: { version: last.version, id: last.id } };
      onApplied(fresh);
    },
    idAt: (version) => sql.idAt.get(version)?.[0] ?? null,
    commitsAfter: (version) => commitsAfter(sql, version, identity?.position.version ?? version),
    replace,
  };
}
