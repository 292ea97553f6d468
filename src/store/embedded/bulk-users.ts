import type { UserEntry } from '../bulk.ts';
import { prepareInsert, type BulkNames, type Put } from './bulk-names.ts';
import { createPutByPath, orNone } from './bulk-put-by-path.ts';
import { bit, type Database, type Value } from './database.ts';
import { checkUsername } from './paths.ts';
import { USER_COLUMNS, userRecord, type UserRow } from './rows.ts';

const COLUMNS =
  'name, email, state, admin, external, two_factor, password_hash, managed_by, created_at';
const MARKS = COLUMNS.replaceAll(/\w+/g, '?');

type Kept = Required<Pick<UserEntry, 'managedBy' | 'createdAt'>> & {
  readonly passwordHash: string | null;
};

/** @param before what stays where the entry says nothing */
function valuesOf(entry: Omit<UserEntry, keyof Kept>, kept: Kept): Value[] {
  return [
    entry.name,
    entry.email,
    entry.state,
    bit(entry.admin),
    bit(entry.external),
    bit(entry.twoFactor),
    kept.passwordHash,
    kept.managedBy ?? 'api',
    kept.createdAt ?? 0,
  ];
}

const keptOf = (entry: UserEntry, before: Kept): Kept => ({
  passwordHash: entry.passwordHash ?? before.passwordHash,
  managedBy: entry.managedBy ?? before.managedBy,
  createdAt: entry.createdAt ?? before.createdAt,
});

export function prepareBulkUsers(db: Database, names: BulkNames): Put<UserEntry> {
  const insert = prepareInsert(db, `INSERT INTO users (${COLUMNS}, username) VALUES (${MARKS}, ?)`);
  const read = db.prepare<UserRow>(`SELECT ${USER_COLUMNS} FROM users u WHERE u.id = ?`);
  const update = db.prepare(`UPDATE users SET (${COLUMNS}) = (${MARKS}) WHERE id = ?`);

  function create(entry: UserEntry, key: string, now: number): void {
    checkUsername(entry.username);
    const none: Kept = { passwordHash: null, managedBy: 'api', createdAt: now };
    const id = insert(...valuesOf(entry, keptOf(entry, none)), entry.username);
    names.claim(key, 'user', id);
  }

  return createPutByPath(names, {
    kind: 'user',
    keyOf: ({ username }) => username.toLowerCase(),
    create,
    read: (id) => orNone(read.get(id), userRecord),
    valuesOf: (entry, before) => valuesOf(entry, keptOf(entry, before)),
    valuesBefore: (before) => valuesOf(before, before),
    update: (id, values) => void update.run(...values, id),
  });
}
