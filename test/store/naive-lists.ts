/** What lists of a directory hold, found by looking at every record; and directories of all sorts to find it in. */
import fc from 'fast-check';
import { ACCESS } from '../../src/policy/facts.ts';
import type { DirectoryChange } from '../../src/store/directory-change.ts';
import type { GroupQuery, ListQuery, ProjectQuery, UserQuery } from '../../src/store/listing.ts';
import type { Store } from '../../src/store/ports.ts';
import type {
  GroupRecord,
  MemberSource,
  ProjectRecord,
  UserRecord,
} from '../../src/store/records.ts';
import { ALL, HOUR, join, makeGroup, makeProject, makeUser, NOW } from './fixtures.ts';

const LEVELS = [10, 20, 30, 40, 50] as const;
const visibility = fc.constantFrom('public', 'internal', 'private', 'private');
const name = fc.constantFrom('app', 'App', 'lib', 'Über', 'zoo');
const ends = fc.constantFrom(null, null, NOW - 1, NOW, NOW + HOUR);

const user = fc.record({ name, external: fc.boolean(), admin: fc.boolean() });
/** `below`: which of the groups before it is the one above, if any. */
const group = fc.record({ name, visibility, below: fc.nat(8) });
const project = fc.record({ name, visibility, archived: fc.boolean(), place: fc.nat(12) });
const member = fc.record({
  user: fc.nat(3),
  place: fc.nat(20),
  level: fc.constantFrom(...LEVELS),
  ends,
});

/** Users u0 to u3; nested groups; projects in these and in namespaces of users; memberships, some of the past. */
export const directories = fc
  .record({
    users: fc.array(user, { minLength: 4, maxLength: 4 }),
    groups: fc.array(group, { minLength: 1, maxLength: 7 }),
    projects: fc.array(project, { minLength: 1, maxLength: 14 }),
    members: fc.array(member, { maxLength: 9 }),
  })
  .map(({ users, groups, projects, members }): readonly DirectoryChange[] => {
    const groupPaths: string[] = [];
    for (const [at, { below }] of groups.entries()) {
      const parent = groupPaths[below];
      groupPaths.push(parent === undefined ? `g${at}` : `${parent}/g${at}`);
    }
    const places = [...groupPaths, 'u0', 'u1'];
    const projectPaths = projects.map(
      ({ place }, at) => `${places[place % places.length]}/p${at % 5}-${at}`,
    );
    const sources = [
      ...groupPaths.map((ref) => ['group', ref] as const),
      ...projectPaths.map((ref) => ['project', ref] as const),
    ];
    return [
      ...users.map((fields, at) => makeUser(`u${at}`, fields)),
      ...groups.map(({ name: called, visibility: seen }, at) =>
        makeGroup(groupPaths[at] ?? '', { name: called, visibility: seen }),
      ),
      ...projects.map(({ name: called, visibility: seen, archived }, at) =>
        makeProject(projectPaths[at] ?? '', { name: called, visibility: seen, archived }),
      ),
      ...members.map(({ user: at, place, level, ends: until }) => {
        const [kind, ref] = sources[place % sources.length] ?? ['group', 'g0'];
        return join(kind, ref, `u${at}`, level, until);
      }),
    ];
  });

interface Place {
  readonly id: number;
  readonly visibility: string;
  readonly groupId: number | null;
}

const above = (groups: readonly GroupRecord[], groupId: number | null): readonly number[] => {
  const parent = groups.find(({ id }) => id === groupId);
  return parent === undefined ? [] : [parent.id, ...above(groups, parent.parentId)];
};

/** Levels come from the store one by one, by the way that decides everywhere else. */
async function passes(
  store: Store,
  kind: MemberSource['kind'],
  { id, visibility: seenBy, groupId }: Place,
  query: Pick<GroupQuery, 'visibleTo' | 'heldBy' | 'visibility' | 'under'>,
  groups: readonly GroupRecord[],
): Promise<boolean> {
  const { visibleTo: viewer, heldBy: holder, under } = query;
  const level = (userId: number, now: number) =>
    store.directory.accessLevel(userId, { kind, id }, now);
  if (query.visibility !== undefined && seenBy !== query.visibility) return false;
  if (under !== undefined) {
    const inside = under.nested
      ? above(groups, groupId).includes(under.groupId)
      : groupId === under.groupId;
    if (!inside) return false;
  }
  if (holder !== undefined && (await level(holder.userId, holder.now)) < holder.minimum)
    return false;
  if (viewer === undefined || seenBy === 'public') return true;
  if (seenBy === 'internal' && !viewer.external) return true;
  return (await level(viewer.userId, viewer.now)) >= ACCESS.guest;
}

const fold = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const holds = (search: string | undefined, ...texts: string[]): boolean =>
  search === undefined || texts.some((text) => fold(text).includes(fold(search)));

type Named = { readonly id: number; readonly name: string };

function sorted<T extends Named>(
  items: readonly T[],
  query: ListQuery<string>,
  key: (item: T) => string,
) {
  const { by, descending } = query.order ?? { by: 'id', descending: false };
  const text = (item: T) => Buffer.from(fold(by === 'name' ? item.name : key(item)));
  const ranged = items.filter(
    ({ id }) => id > (query.idAfter ?? 0) && id < (query.idBefore ?? Infinity),
  );
  const up = ranged.toSorted(
    (a, b) => (by === 'id' ? 0 : Buffer.compare(text(a), text(b))) || a.id - b.id,
  );
  return (descending ? up.toReversed() : up).map(({ id }) => id);
}

export async function naiveUsers(store: Store, query: UserQuery): Promise<readonly number[]> {
  const found: UserRecord[] = [];
  for (let id = 1; id <= 4; id++) {
    const record = await store.directory.user(id);
    if (record === null) continue;
    if (query.external !== undefined && record.external !== query.external) continue;
    if (query.admin !== undefined && record.admin !== query.admin) continue;
    if (query.username !== undefined && record.username !== query.username) continue;
    if (holds(query.search, record.username, record.name)) found.push(record);
  }
  return sorted(found, query, ({ username }) => username);
}

export async function naiveGroups(store: Store, query: GroupQuery): Promise<readonly number[]> {
  const all = (await store.directory.groups(ALL)).items;
  const found: GroupRecord[] = [];
  for (const record of all) {
    const place = { ...record, groupId: record.parentId };
    if (query.topLevel === true && record.parentId !== null) continue;
    if (query.skip?.includes(record.id) === true) continue;
    if (!holds(query.search, record.fullPath, record.name)) continue;
    if (await passes(store, 'group', place, query, all)) found.push(record);
  }
  return sorted(found, query, ({ path }) => path);
}

export async function naiveProjects(store: Store, query: ProjectQuery): Promise<readonly number[]> {
  const groups = (await store.directory.groups(ALL)).items;
  const found: ProjectRecord[] = [];
  for (const record of (await store.directory.projects(ALL)).items) {
    const { namespace } = record;
    const place = { ...record, groupId: namespace.kind === 'group' ? namespace.id : null };
    const owner = namespace.kind === 'user' ? namespace.id : null;
    if (query.ownerId !== undefined && owner !== query.ownerId) continue;
    if (query.archived !== undefined && record.archived !== query.archived) continue;
    const path = query.searchNamespaces === true ? record.fullPath : record.path;
    if (!holds(query.search, path, record.name)) continue;
    if (await passes(store, 'project', place, query, groups)) found.push(record);
  }
  return sorted(found, query, ({ path }) => path);
}
