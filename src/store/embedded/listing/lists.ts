/** The lists of users, groups and projects. */
import type { GroupQuery, Listing, ListQuery, ProjectQuery, UserQuery } from '../../listing.ts';
import type { GroupRecord, ProjectRecord, UserRecord } from '../../records.ts';
import { bit, type Database, type Value } from '../database.ts';
import { pathKey } from '../paths.ts';
import type { Read } from '../reader.ts';
import {
  GROUP_COLUMNS,
  groupRecord,
  PROJECT_COLUMNS,
  projectRecord,
  USER_COLUMNS,
  userRecord,
  type GroupRow,
  type ProjectRow,
  type UserRow,
} from '../rows.ts';
import { condition, createPrepare, type Condition } from './condition.ts';
import { fewGroups, fewProjects } from './few.ts';
import { createList, type Parts } from './list.ts';
import { GROUP_KEYS, PROJECT_KEYS, USER_KEYS } from './orders.ts';
import { streamsOf } from './places.ts';
import type { Stream } from './window.ts';

export interface Lists {
  users(query: UserQuery): Promise<Listing<UserRecord>>;
  groups(query: GroupQuery): Promise<Listing<GroupRecord>>;
  projects(query: ProjectQuery): Promise<Listing<ProjectRecord>>;
}

/** A condition on a value that the query may leave out. */
const when = (sql: string, value: Value | undefined): readonly Condition[] =>
  value === undefined ? [] : [condition(sql, value)];

const flagged = (sql: string, value: boolean | undefined): readonly Condition[] =>
  when(sql, value === undefined ? undefined : bit(value));

/** @param fields SQL of texts; one must hold what is searched for */
const searched = (fields: readonly string[], search: string | undefined): readonly Condition[] =>
  search === undefined || search === ''
    ? []
    : [
        condition(
          `(${fields.map((field) => `instr(lower(${field}), lower(?)) > 0`).join(' OR ')})`,
          ...fields.map(() => search),
        ),
      ];

const idRange = (alias: string, { idAfter, idBefore }: ListQuery<string>): readonly Condition[] => [
  ...when(`${alias}.id > ?`, idAfter),
  ...when(`${alias}.id < ?`, idBefore),
];

/** An index by id finds a range of ids at once, wherever the walk has come to. */
const ranged = (stream: Stream, range: readonly Condition[], byId: boolean): Stream =>
  byId
    ? { ...stream, within: [...stream.within, ...range] }
    : { ...stream, filters: [...stream.filters, ...range] };

function createUsers(parts: Parts): Lists['users'] {
  const kind = {
    from: 'users u',
    columns: USER_COLUMNS,
    keys: USER_KEYS,
    toItem: userRecord,
  } as const;
  const route = parts.prepare<[number]>(
    'SELECT user_id FROM routes WHERE path = ? AND user_id IS NOT NULL',
  );
  const named = (username: string): readonly number[] =>
    route.all(pathKey(username) ?? '').map(([id]) => id);
  return createList<UserRow, UserRecord, UserQuery>(parts, kind, (query, byId) => {
    const filters = [
      ...searched(['u.username', 'u.name'], query.search),
      ...when('u.state = ?', query.state),
      ...flagged('u.external = ?', query.external),
      ...flagged('u.admin = ?', query.admin),
      ...when('u.created_at > ?', query.createdAfter),
      ...when('u.created_at < ?', query.createdBefore),
    ];
    const { username } = query;
    const ids = username === undefined ? undefined : named(username);
    const stream = { within: [], filters, ...(ids !== undefined && { ids }) };
    return [ranged(stream, idRange('u', query), byId)];
  });
}

function createGroups(parts: Parts): Lists['groups'] {
  const few = fewGroups(parts.prepare, parts.few);
  const kind = {
    from: 'groups g',
    columns: GROUP_COLUMNS,
    keys: GROUP_KEYS,
    toItem: groupRecord,
  } as const;
  return createList<GroupRow, GroupRecord, GroupQuery>(parts, kind, (query, byId) => {
    const skip = query.skip === undefined ? undefined : JSON.stringify(query.skip);
    const others = [
      ...searched(['g.full_path', 'g.name'], query.search),
      ...(query.topLevel === true ? [condition('g.parent_id IS NULL')] : []),
      ...when('g.id NOT IN (SELECT value FROM json_each(?))', skip),
    ];
    const streams = streamsOf({ alias: 'g', few }, query, { byId, others });
    return streams.map((stream) => ranged(stream, idRange('g', query), byId));
  });
}

function createProjects(parts: Parts): Lists['projects'] {
  const few = fewProjects(parts.prepare, parts.few, parts.fewGroups);
  const kind = {
    from: 'projects p',
    columns: PROJECT_COLUMNS,
    keys: PROJECT_KEYS,
    toItem: projectRecord,
  } as const;
  return createList<ProjectRow, ProjectRecord, ProjectQuery>(parts, kind, (query, byId) => {
    const path = query.searchNamespaces === true ? 'p.full_path' : PROJECT_KEYS.path;
    const others = [
      ...searched([path, 'p.name'], query.search),
      ...flagged('p.archived = ?', query.archived),
    ];
    const streams = streamsOf({ alias: 'p', few }, query, { byId, others });
    return streams.map((stream) => ranged(stream, idRange('p', query), byId));
  });
}

const SIZES: Pick<Parts, 'few' | 'fewGroups' | 'window'> = {
  few: 10_000,
  fewGroups: 30_000,
  window: { least: 100, largest: 2_000 },
};

export function createLists(db: Database, read: Read, sizes = SIZES): Lists {
  const parts = { ...sizes, prepare: createPrepare(db), read };
  return {
    users: createUsers(parts),
    groups: createGroups(parts),
    projects: createProjects(parts),
  };
}
