/** Natural keys → ids, each looked up once a batch. */
import { AppError } from '../../errors.ts';
import type { PlaceName } from '../bulk.ts';
import type { Database, Value } from './database.ts';
import type { MemberSource } from '../records.ts';
import type { Refs } from './refs.ts';

const KINDS = ['user', 'group', 'project'] as const;

export type Outcome = 'created' | 'updated' | 'unchanged';

/** Puts one entry. @throws AppError `not_found` where it names what is not there, or another one that says why not */
export type Put<Entry> = (entry: Entry, now: number) => Outcome;

export interface BulkNames extends Pick<Refs, 'route'> {
  /** Takes a path that `route` has just found free. */
  claim(key: string, kind: 'user' | 'group' | 'project', id: number): void;
  user(username: string): number;
  place(name: PlaceName): MemberSource;
  project(fullPath: string): number;
  /** To be called before each batch. */
  forget(): void;
}

export function createBulkNames(db: Database, refs: Refs): BulkNames {
  const claim = db.prepare(
    'INSERT INTO routes (user_id, group_id, project_id, path) VALUES (?, ?, ?, ?)',
  );
  const known = new Map<string, number>();

  function remembered(key: string, find: () => number): number {
    const id = known.get(key) ?? find();
    known.set(key, id);
    return id;
  }

  const project = (fullPath: string) =>
    remembered(`project ${fullPath}`, () => refs.project(fullPath));
  const group = (fullPath: string) => remembered(`group ${fullPath}`, () => refs.group(fullPath));

  return {
    route: refs.route,
    claim: (key, kind, id) => {
      const columns = KINDS.map((each) => (each === kind ? id : null));
      claim.run(...columns, key);
    },
    user: (username) => remembered(`user ${username}`, () => refs.user(username)),
    project,
    place: ({ kind, fullPath }) => ({
      kind,
      id: kind === 'project' ? project(fullPath) : group(fullPath),
    }),
    forget: () => known.clear(),
  };
}

/** An insert that gives the new row's id. Half the price of RETURNING, which makes a table of its own for it. */
export function prepareInsert(db: Database, sql: string): (...values: Value[]) => number {
  const insert = db.prepare(sql);
  const last = db.prepare<[number]>('SELECT last_insert_rowid()');
  return (...values) => {
    insert.run(...values);
    return last.get()?.[0] ?? 0;
  };
}

export function refuseOther(path: string, found: { readonly kind: string }, wanted: string): void {
  if (found.kind === wanted) return;
  throw new AppError('conflict', `The path ${path} is taken by a ${found.kind}.`);
}

/** Values of columns, in the same order. */
export const same = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.every((value, index) => value === b[index]);

/** The earlier of two ends, of which null is none: an end that is known here is not taken back. */
export function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
