/** Finds what a directory change refers to, or says what is missing. */
import { AppError } from '../../errors.ts';
import type { PathRef, SourceRef, UserRef } from '../directory-change.ts';
import type { MemberSource } from '../records.ts';
import type { Database } from './database.ts';
import { pathKey } from './paths.ts';

type RouteRow = [userId: number | null, groupId: number | null, projectId: number | null];
type Kind = 'user' | 'group' | 'project';

export interface Refs {
  user(ref: UserRef): number;
  group(ref: PathRef): number;
  project(ref: PathRef): number;
  source(ref: SourceRef): MemberSource;
  /** What a path leads to; null: it is free. */
  route(key: string): { readonly kind: Kind; readonly id: number } | null;
  /** Takes the path, or refuses with `conflict`. */
  claim(key: string, kind: Kind, id: number): void;
}

export function prepareRefs(db: Database): Refs {
  const byId = {
    user: db.prepare('SELECT 1 FROM users WHERE id = ?'),
    group: db.prepare('SELECT 1 FROM groups WHERE id = ?'),
    project: db.prepare('SELECT 1 FROM projects WHERE id = ?'),
  };
  const byPath = db.prepare<RouteRow>(
    'SELECT user_id, group_id, project_id FROM routes WHERE path = ?',
  );
  const insert = db.prepare(
    'INSERT INTO routes (user_id, group_id, project_id, path) VALUES (?, ?, ?, ?)',
  );

  function route(key: string): ReturnType<Refs['route']> {
    const row = byPath.get(key);
    if (row === undefined) return null;
    const [userId, groupId, projectId] = row;
    if (userId !== null) return { kind: 'user', id: userId };
    if (groupId !== null) return { kind: 'group', id: groupId };
    return { kind: 'project', id: projectId ?? 0 };
  }

  function find(kind: Kind, ref: PathRef): number {
    if (typeof ref === 'number') {
      if (byId[kind].get(ref) !== undefined) return ref;
    } else {
      const key = pathKey(ref);
      const found = key === null ? null : route(key);
      if (found?.kind === kind) return found.id;
    }
    throw new AppError('not_found', `There is no ${kind} ${JSON.stringify(ref)}.`);
  }

  return {
    user: (ref) => find('user', ref),
    group: (ref) => find('group', ref),
    project: (ref) => find('project', ref),
    source: ({ kind, ref }) => ({ kind, id: find(kind, ref) }),
    route,
    claim: (key, kind, id) => {
      const holder = route(key);
      if (holder !== null) {
        throw new AppError('conflict', `The path ${key} is taken by a ${holder.kind}.`);
      }
      const columns = (['user', 'group', 'project'] as const).map((k) => (k === kind ? id : null));
      insert.run(...columns, key);
    },
  };
}
