import type { DirectoryChange } from '../directory-change.ts';
import { prepareGroupChanges } from './change-groups.ts';
import { prepareLinkChanges } from './change-links.ts';
import { prepareMemberChanges } from './change-members.ts';
import { prepareProjectChanges } from './change-projects.ts';
import { prepareUserChanges } from './change-users.ts';
import type { Database } from './database.ts';
import { prepareRefs } from './refs.ts';
import type { Version } from './version.ts';

/** Performs one kind of change; returns the id of the object that it made or touched. */
export type Change<Kind extends DirectoryChange['kind']> = (
  change: Extract<DirectoryChange, { kind: Kind }>,
  now: number,
) => number;

export type Changes<Kind extends DirectoryChange['kind']> = { readonly [K in Kind]: Change<K> };

/** Runs inside a write transaction, which undoes everything when one change throws. */
export function prepareChanges(
  db: Database,
  version: Pick<Version, 'move'>,
): (changes: readonly DirectoryChange[], now: number) => readonly number[] {
  const refs = prepareRefs(db);
  const verbs: Changes<DirectoryChange['kind']> = {
    ...prepareUserChanges(db, refs),
    ...prepareGroupChanges(db, refs),
    ...prepareProjectChanges(db, refs),
    ...prepareMemberChanges(db, refs),
    ...prepareLinkChanges(db, refs),
  };
  return (changes, now) => {
    if (changes.length === 0) return [];
    const ids = changes.map((change) => {
      // The table has a function of exactly this change's type under its kind, which the compiler cannot follow.
      const verb = verbs[change.kind] as (change: DirectoryChange, now: number) => number;
      return verb(change, now);
    });
    version.move();
    return ids;
  };
}
