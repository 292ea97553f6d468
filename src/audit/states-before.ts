/** What the directory said before a list of changes, for their events. */
import type { DirectorySnapshot, PathRef, SourceRef, UserRef } from '../store/directory-change.ts';

type Item<L extends keyof DirectorySnapshot> = DirectorySnapshot[L][number];

const keyOf = (...parts: readonly (string | number)[]): string =>
  parts.map((part) => String(part).toLowerCase()).join('\n');

/** Names are compared without case, patterns with it. */
const ruleKey = (project: PathRef, kind: string, pattern: string): string =>
  `${keyOf(project, kind)}\n${pattern}`;

/** By key, made when somebody first asks: most lists of changes are about few kinds of things. */
function lazyMap<T>(items: readonly T[], key: (item: T) => string) {
  let map: Map<string, T> | null = null;
  return (wanted: string): T | null => {
    map ??= new Map(items.map((item) => [key(item), item]));
    return map.get(wanted) ?? null;
  };
}

export interface StatesBefore {
  user(ref: UserRef): Item<'users'> | null;
  group(ref: PathRef): Item<'groups'> | null;
  project(ref: PathRef): Item<'projects'> | null;
  member(source: SourceRef, user: UserRef): Item<'members'> | null;
  entry(target: PathRef, source: SourceRef): Item<'allowlist'> | null;
  rule(project: PathRef, kind: string, pattern: string): Item<'protection'> | null;
  /** It was deleted, and what was in it or of it as well: what has its name from now on is another one. */
  ended(kind: 'user' | 'group' | 'project', ref: PathRef): void;
}

/** Told of the changes in their order. null: there was none, or nobody knows. */
export function createStatesBefore(before: DirectorySnapshot): StatesBefore {
  const users = lazyMap(before.users, (each) => keyOf(each.username));
  const groups = lazyMap(before.groups, (each) => keyOf(each.fullPath));
  const projects = lazyMap(before.projects, (each) => keyOf(each.fullPath));
  const members = lazyMap(before.members, ({ source, username }) =>
    keyOf(source.kind, source.fullPath, username),
  );
  const entries = lazyMap(before.allowlist, ({ target, source }) =>
    keyOf(target, source.kind, source.fullPath),
  );
  const rules = lazyMap(before.protection, ({ project, rule, pattern }) =>
    ruleKey(project, rule, pattern),
  );
  const gone = new Set<string>();
  const stays = (...keys: readonly string[]): boolean => !keys.some((key) => gone.has(key));

  return {
    user: (ref) => (stays(keyOf('user', ref)) ? users(keyOf(ref)) : null),
    group: (ref) => (stays(keyOf('group', ref)) ? groups(keyOf(ref)) : null),
    project: (ref) => (stays(keyOf('project', ref)) ? projects(keyOf(ref)) : null),
    member: ({ kind, ref }, user) =>
      stays(keyOf(kind, ref), keyOf('user', user)) ? members(keyOf(kind, ref, user)) : null,
    entry: (target, { kind, ref }) =>
      stays(keyOf('project', target), keyOf(kind, ref)) ? entries(keyOf(target, kind, ref)) : null,
    rule: (project, kind, pattern) =>
      stays(keyOf('project', project)) ? rules(ruleKey(project, kind, pattern)) : null,
    ended: (kind, ref) => void gone.add(keyOf(kind, ref)),
  };
}
