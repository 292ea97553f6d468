/**
 * What to change so that the directory says what the file says. Pure. Only what the file manages is in either
 * snapshot, so nothing that was made over the API is touched by itself; a group or user that is deleted does take what
 * is in it along, which apply.ts looks at before anything happens.
 */
import type { DirectoryChange, DirectorySnapshot } from '../store/directory-change.ts';
import {
  FILE,
  removeEntry,
  removeMember,
  removeRule,
  setEntry,
  setMember,
  setRule,
} from './details.ts';
import { changedFields, difference, type Difference } from './difference.ts';
import { keyOf } from './references.ts';

type Users = Difference<DirectorySnapshot['users'][number]>;
type Groups = Difference<DirectorySnapshot['groups'][number]>;
type Projects = Difference<DirectorySnapshot['projects'][number]>;
type Source = DirectorySnapshot['members'][number]['source'];

/**
 * The changes in an order that works: first what ends (details before their holders, deep before shallow, so that a
 * name is free for its next use), then what begins (holders before details, shallow before deep).
 */
export function planDirectory(
  current: DirectorySnapshot,
  wanted: DirectorySnapshot,
): DirectoryChange[] {
  const users = difference(current.users, wanted.users, (each) => keyOf(each.username));
  const groups = difference(current.groups, wanted.groups, (each) => keyOf(each.fullPath));
  const projects = difference(
    current.projects,
    wanted.projects,
    (each) => keyOf(each.fullPath),
    (each) => losesNamespace(each.fullPath, users, groups),
  );
  const ended = endedNames(users, groups, projects);
  const stays = (...names: readonly string[]): boolean => !names.some((name) => ended.has(name));
  const members = difference(
    current.members.filter((each) => stays(`user ${keyOf(each.username)}`, sourceKey(each.source))),
    wanted.members,
    (each) => `${sourceKey(each.source)} ${keyOf(each.username)}`,
  );
  const entries = difference(
    current.allowlist.filter((each) => stays(projectKey(each.target), sourceKey(each.source))),
    wanted.allowlist,
    (each) => `${projectKey(each.target)} ${sourceKey(each.source)}`,
  );
  const rules = difference(
    current.protection.filter((each) => stays(projectKey(each.project))),
    wanted.protection,
    (each) => `${projectKey(each.project)} ${each.rule} ${each.pattern}`,
  );
  return [
    ...rules.gone.map(removeRule),
    ...entries.gone.map(removeEntry),
    ...members.gone.map(removeMember),
    ...endings(users, groups, projects),
    ...userBeginnings(users),
    ...groupBeginnings(groups),
    ...projectBeginnings(projects),
    ...begun(members).map(setMember),
    ...begun(entries).map(setEntry),
    ...begun(rules).map(setRule),
  ];
}

function sourceKey({ kind, fullPath }: Source): string {
  return `${kind} ${keyOf(fullPath)}`;
}

function projectKey(fullPath: string): string {
  return sourceKey({ kind: 'project', fullPath });
}

/** A name that was a user's and becomes a group's, or the other way round, loses what was in it. */
function losesNamespace(fullPath: string, users: Users, groups: Groups): boolean {
  const namespace = keyOf(fullPath.slice(0, fullPath.lastIndexOf('/')));
  return (
    users.gone.some(({ username }) => keyOf(username) === namespace) ||
    groups.gone.some((group) => keyOf(group.fullPath) === namespace)
  );
}

/** What hangs on one of these ends with it, and is not removed on its own. */
function endedNames(users: Users, groups: Groups, projects: Projects): ReadonlySet<string> {
  return new Set([
    ...users.gone.map(({ username }) => `user ${keyOf(username)}`),
    ...groups.gone.map(({ fullPath }) => sourceKey({ kind: 'group', fullPath })),
    ...projects.gone.map(({ fullPath }) => projectKey(fullPath)),
  ]);
}

function depth({ fullPath }: { readonly fullPath: string }): number {
  return fullPath.split('/').length;
}

function endings(users: Users, groups: Groups, projects: Projects): DirectoryChange[] {
  const deepFirst = groups.gone.toSorted((a, b) => depth(b) - depth(a));
  return [
    ...projects.gone.map(({ fullPath }) => ({
      kind: 'project.delete' as const,
      project: fullPath,
    })),
    ...deepFirst.map(({ fullPath }) => ({ kind: 'group.delete' as const, group: fullPath })),
    ...users.gone.map(({ username }) => ({ kind: 'user.delete' as const, user: username })),
  ];
}

function userBeginnings(users: Users): DirectoryChange[] {
  return [
    ...users.added.map(({ username, ...fields }) => ({
      ...FILE,
      kind: 'user.create' as const,
      username,
      fields,
    })),
    ...users.changed.map(({ from, to }) => ({
      kind: 'user.update' as const,
      user: from.username,
      fields: changedFields(from, to),
    })),
  ];
}

function groupBeginnings(groups: Groups): DirectoryChange[] {
  const shallowFirst = groups.added.toSorted((a, b) => depth(a) - depth(b));
  return [
    ...shallowFirst.map(({ fullPath, ...fields }) => ({
      ...FILE,
      kind: 'group.create' as const,
      fullPath,
      fields,
    })),
    ...groups.changed.map(({ from, to }) => ({
      kind: 'group.update' as const,
      group: from.fullPath,
      fields: changedFields(from, to),
    })),
  ];
}

function projectBeginnings(projects: Projects): DirectoryChange[] {
  return [
    ...projects.added.map(({ fullPath, ...fields }) => ({
      ...FILE,
      kind: 'project.create' as const,
      fullPath,
      fields,
    })),
    ...projects.changed.map(({ from, to }) => ({
      kind: 'project.update' as const,
      project: from.fullPath,
      fields: changedFields(from, to),
    })),
  ];
}

function begun<T>({ added, changed }: Difference<T>): T[] {
  return [...added, ...changed.map(({ to }) => to)];
}
