/** The directory as plain lists, with the rules that the store holds; for tests of plans. */
import type {
  DirectoryChange,
  DirectorySnapshot,
  SourceRef,
} from '../../src/store/directory-change.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer U)[] ? U[] : T[K] };

const under = (path: string, holder: string): boolean =>
  path === holder || path.startsWith(`${holder}/`);
const parentOf = (path: string): string | null =>
  path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : null;

/** Applies changes in order; throws where the store would refuse one. */
export function applyToModel(
  before: DirectorySnapshot,
  changes: readonly DirectoryChange[],
): DirectorySnapshot {
  const state = structuredClone(before) as Mutable<DirectorySnapshot>;
  for (const change of changes) step(state, change);
  return sortSnapshot(state);
}

export function sortSnapshot(snapshot: DirectorySnapshot): DirectorySnapshot {
  const sort = <T>(list: readonly T[]): T[] =>
    list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return {
    users: sort(snapshot.users),
    groups: sort(snapshot.groups),
    projects: sort(snapshot.projects),
    members: sort(snapshot.members),
    allowlist: sort(snapshot.allowlist),
    protection: sort(snapshot.protection),
  };
}

function must(ok: boolean, change: DirectoryChange): void {
  if (!ok) throw new Error(`the store would refuse ${JSON.stringify(change)}`);
}

function step(state: Mutable<DirectorySnapshot>, change: DirectoryChange): void {
  const user = (name: unknown) => state.users.find((each) => each.username === name);
  const group = (path: unknown) => state.groups.find((each) => each.fullPath === path);
  const project = (path: unknown) => state.projects.find((each) => each.fullPath === path);
  const taken = (name: string) => user(name) ?? group(name) ?? project(name);
  const exists = ({ kind, ref }: SourceRef) => (kind === 'group' ? group(ref) : project(ref));
  const isAt = (source: SourceRef) => (each: { source: { kind: string; fullPath: string } }) =>
    each.source.kind === source.kind && each.source.fullPath === source.ref;
  switch (change.kind) {
    case 'user.create':
      must(taken(change.username) === undefined, change);
      state.users.push({ username: change.username, ...change.fields });
      return;
    case 'group.create': {
      const parent = parentOf(change.fullPath);
      must(taken(change.fullPath) === undefined, change);
      must(parent === null || group(parent) !== undefined, change);
      state.groups.push({ fullPath: change.fullPath, ...change.fields });
      return;
    }
    case 'project.create': {
      const parent = parentOf(change.fullPath);
      must(taken(change.fullPath) === undefined, change);
      must((group(parent) ?? user(parent)) !== undefined, change);
      state.projects.push({ fullPath: change.fullPath, ...change.fields });
      return;
    }
    case 'user.update':
      must(user(change.user) !== undefined, change);
      Object.assign(user(change.user) ?? {}, change.fields);
      return;
    case 'group.update':
      must(group(change.group) !== undefined, change);
      Object.assign(group(change.group) ?? {}, change.fields);
      return;
    case 'project.update':
      must(project(change.project) !== undefined, change);
      Object.assign(project(change.project) ?? {}, change.fields);
      return;
    case 'user.delete':
      must(user(change.user) !== undefined, change);
      bury(state, String(change.user), false);
      state.users = state.users.filter((each) => each.username !== change.user);
      state.members = state.members.filter((each) => each.username !== change.user);
      return;
    case 'group.delete':
      must(group(change.group) !== undefined, change);
      bury(state, String(change.group), true);
      return;
    case 'project.delete':
      must(project(change.project) !== undefined, change);
      bury(state, String(change.project), false);
      return;
    case 'member.set': {
      const fullPath = String(change.source.ref);
      must(exists(change.source) !== undefined && user(change.user) !== undefined, change);
      state.members = state.members.filter(
        (each) => !(isAt(change.source)(each) && each.username === change.user),
      );
      state.members.push({
        source: { kind: change.source.kind, fullPath },
        username: String(change.user),
        accessLevel: change.accessLevel,
        expiresAt: change.expiresAt,
      });
      return;
    }
    case 'member.remove': {
      const rest = state.members.filter(
        (each) => !(isAt(change.source)(each) && each.username === change.user),
      );
      must(rest.length === state.members.length - 1, change);
      state.members = rest;
      return;
    }
    case 'allowlist.set':
      must(project(change.target) !== undefined && exists(change.source) !== undefined, change);
      state.allowlist = state.allowlist.filter(
        (each) => !(isAt(change.source)(each) && each.target === change.target),
      );
      state.allowlist.push({
        target: String(change.target),
        source: { kind: change.source.kind, fullPath: String(change.source.ref) },
        policies: change.policies,
      });
      return;
    case 'allowlist.remove': {
      const rest = state.allowlist.filter(
        (each) => !(isAt(change.source)(each) && each.target === change.target),
      );
      must(rest.length === state.allowlist.length - 1, change);
      state.allowlist = rest;
      return;
    }
    case 'protection.set':
      must(project(change.project) !== undefined, change);
      state.protection = state.protection.filter(
        (each) =>
          each.project !== change.project ||
          each.rule !== change.rule ||
          each.pattern !== change.fields.pattern,
      );
      state.protection.push({
        project: String(change.project),
        rule: change.rule,
        ...change.fields,
      });
      return;
    case 'protection.remove': {
      const rest = state.protection.filter(
        (each) =>
          each.project !== change.project ||
          each.rule !== change.rule ||
          each.pattern !== change.pattern,
      );
      must(rest.length === state.protection.length - 1, change);
      state.protection = rest;
    }
  }
}

/** Ends everything at or under a path, with all that hangs on it. */
function bury(state: Mutable<DirectorySnapshot>, path: string, groups: boolean): void {
  const dead = (fullPath: string): boolean => under(fullPath, path);
  if (groups) state.groups = state.groups.filter((each) => !dead(each.fullPath));
  state.projects = state.projects.filter((each) => !dead(each.fullPath));
  state.members = state.members.filter((each) => !dead(each.source.fullPath));
  state.allowlist = state.allowlist.filter(
    (each) => !dead(each.target) && !dead(each.source.fullPath),
  );
  state.protection = state.protection.filter((each) => !dead(each.project));
}
