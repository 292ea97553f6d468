/** What ties users, groups and projects to each other: memberships, allowlists and rules. */
import type { AllowlistEntry, MemberEntry, RuleEntry } from '../bulk.ts';
import { same, type BulkNames, type Put } from './bulk-names.ts';
import type { Database, Value } from './database.ts';
import { prepareBySource, sourceColumns } from './source.ts';

/** An insert that finds the place taken costs as little as a look-up, and most of a batch is new. */
export function prepareBulkMembers(db: Database, names: BulkNames): Put<MemberEntry> {
  const insert = db.prepare(
    `INSERT INTO members (user_id, project_id, group_id, access_level, expires_at, managed_by, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const find = prepareBySource<Value[]>(
    db,
    (column) =>
      `SELECT access_level, expires_at, managed_by, created_at FROM members WHERE ${column} = ? AND user_id = ?`,
  );
  const update = prepareBySource(
    db,
    (
      column,
    ) => `UPDATE members SET (access_level, expires_at, managed_by, created_at) = (?, ?, ?, ?)
      WHERE ${column} = ? AND user_id = ?`,
  );
  return (entry, now) => {
    const source = names.place(entry.source);
    const userId = names.user(entry.username);
    const { accessLevel, expiresAt, managedBy, createdAt } = entry;
    const fields = [accessLevel, expiresAt, managedBy ?? 'api', createdAt ?? now];
    if (insert.run(userId, ...sourceColumns(source), ...fields) > 0) return 'created';
    const before = find[source.kind].get(source.id, userId) ?? [];
    const [, , managed = 'api', born = now] = before;
    const wanted = [accessLevel, expiresAt, managedBy ?? managed, createdAt ?? born];
    if (same(wanted, before)) return 'unchanged';
    update[source.kind].run(...wanted, source.id, userId);
    return 'updated';
  };
}

export function prepareBulkAllowlist(db: Database, names: BulkNames): Put<AllowlistEntry> {
  const insert = db.prepare(
    `INSERT INTO allowlist (target_id, project_id, group_id, policies, managed_by)
     VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const find = prepareBySource<Value[]>(
    db,
    (column) => `SELECT policies, managed_by FROM allowlist WHERE target_id = ? AND ${column} = ?`,
  );
  const update = prepareBySource(
    db,
    (column) =>
      `UPDATE allowlist SET (policies, managed_by) = (?, ?) WHERE target_id = ? AND ${column} = ?`,
  );
  return (entry) => {
    const targetId = names.project(entry.target);
    const source = names.place(entry.source);
    const policies = entry.policies === null ? null : JSON.stringify(entry.policies);
    const { managedBy } = entry;
    const columns = sourceColumns(source);
    if (insert.run(targetId, ...columns, policies, managedBy ?? 'api') > 0) return 'created';
    const before = find[source.kind].get(targetId, source.id) ?? [];
    const wanted = [policies, managedBy ?? before[1] ?? 'api'];
    if (same(wanted, before)) return 'unchanged';
    update[source.kind].run(...wanted, targetId, source.id);
    return 'updated';
  };
}

export function prepareBulkRules(db: Database, names: BulkNames): Put<RuleEntry> {
  const insert = db.prepare(
    `INSERT INTO protection_rules (project_id, kind, pattern, minimum_for_push, minimum_for_delete, managed_by)
     VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const where = 'WHERE project_id = ? AND kind = ? AND pattern = ?';
  const find = db.prepare<Value[]>(
    `SELECT minimum_for_push, minimum_for_delete, managed_by FROM protection_rules ${where}`,
  );
  const update = db.prepare(
    `UPDATE protection_rules SET (minimum_for_push, minimum_for_delete, managed_by) = (?, ?, ?) ${where}`,
  );
  return (entry) => {
    const key = [names.project(entry.project), entry.rule, entry.pattern];
    const { minimumAccessLevelForPush: push, minimumAccessLevelForDelete: del, managedBy } = entry;
    if (insert.run(...key, push, del, managedBy ?? 'api') > 0) return 'created';
    const before = find.get(...key) ?? [];
    const wanted = [push, del, managedBy ?? before[2] ?? 'api'];
    if (same(wanted, before)) return 'unchanged';
    update.run(...wanted, ...key);
    return 'updated';
  };
}
