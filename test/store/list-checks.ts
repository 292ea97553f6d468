/** Goes through lists by every way there is. */
import { expect } from '@jest/globals';
import fc from 'fast-check';
import type {
  GroupQuery,
  Listing,
  ListQuery,
  ProjectQuery,
  UserQuery,
} from '../../src/store/listing.ts';
import type { Store } from '../../src/store/ports.ts';
import { ALL, NOW } from './fixtures.ts';
import { directories, naiveGroups, naiveProjects, naiveUsers } from './naive-lists.ts';

export type Query = ListQuery<string>;
type List = (query: Query) => Promise<Listing<{ readonly id: number }>>;

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const userId = fc.integer({ min: 1, max: 4 });
const order = (other: string) =>
  fc.record({ by: fc.constantFrom('id', 'name', other), descending: fc.boolean() });
const shared = {
  search: optional(fc.constantFrom('A', 'ü', 'p1', 'g0/', 'none')),
  idAfter: optional(fc.nat(5)),
  idBefore: optional(fc.integer({ min: 3, max: 20 })),
};
const places = {
  ...shared,
  order: order('path'),
  visibleTo: optional(fc.record({ userId, external: fc.boolean(), now: fc.constant(NOW) })),
  heldBy: fc.option(
    fc.record({ userId, minimum: fc.constantFrom(10, 30, 50), now: fc.constant(NOW) }),
    { nil: undefined, freq: 1 },
  ),
  visibility: fc.option(fc.constantFrom('public', 'internal', 'private'), {
    nil: undefined,
    freq: 1,
  }),
  under: fc.option(fc.record({ groupId: fc.integer({ min: 1, max: 4 }), nested: fc.boolean() }), {
    nil: undefined,
    freq: 1,
  }),
};
const queries = fc.record({
  users: fc.record({
    ...shared,
    order: order('username'),
    username: fc.option(fc.constantFrom('u1', 'g0'), { nil: undefined, freq: 1 }),
    external: optional(fc.boolean()),
    admin: optional(fc.boolean()),
  }),
  groups: fc.record({
    ...places,
    topLevel: optional(fc.boolean()),
    skip: optional(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 2 })),
  }),
  projects: fc.record({
    ...places,
    archived: optional(fc.boolean()),
    ownerId: fc.option(userId, { nil: undefined, freq: 1 }),
    searchNamespaces: fc.boolean(),
  }),
});

const idsOf = (listing: Listing<{ readonly id: number }>) => listing.items.map(({ id }) => id);

/** Every page, by where the one before ended. `meanwhile` happens between two pages. */
export async function byKeyset(
  list: List,
  query: Query,
  limit: number,
  meanwhile = async () => {},
) {
  const pages: number[][] = [];
  let after: Query['after'];
  do {
    const page: Listing<{ readonly id: number }> = await list({
      ...query,
      offset: 0,
      limit,
      after,
      countTo: 0,
    });
    pages.push(idsOf(page));
    after = page.next ?? undefined;
    await meanwhile();
  } while (after !== undefined);
  return pages;
}

async function byOffset(list: List, query: Query, limit: number): Promise<number[]> {
  const all: number[] = [];
  for (let offset = 0; ; offset += limit) {
    const page = await list({ ...query, offset, limit });
    all.push(...idsOf(page));
    if (page.next === null) return all;
  }
}

/** By whatever way one goes through the list, it is what `expected` says. */
async function check(list: List, query: Query, expected: readonly number[]): Promise<void> {
  const whole = await list({ ...query, ...ALL });
  expect([idsOf(whole), whole.total]).toEqual([expected, expected.length]);
  for (const limit of [1, 3]) {
    const pages = await byKeyset(list, query, limit);
    expect(pages.flat()).toEqual(expected);
    expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
  }
  expect(await byOffset(list, query, 2)).toEqual(expected);
  expect((await list({ ...query, ...ALL, countTo: 2 })).total).toBe(Math.min(expected.length, 2));
}

/** What is asked of lists; the first store to be asked is the one that knows. */
export interface Lists {
  users(query: UserQuery): Promise<Listing<{ readonly id: number }>>;
  groups(query: GroupQuery): Promise<Listing<{ readonly id: number }>>;
  projects(query: ProjectQuery): Promise<Listing<{ readonly id: number }>>;
}

export const asList = (list: (query: never) => Promise<Listing<{ readonly id: number }>>): List =>
  list as List;

/** A directory of any sort, and some of what can be asked of it. */
export async function checkLists(
  { seed, numRuns }: { readonly seed: number; readonly numRuns: number },
  store: Store,
  open: () => Promise<Lists>,
): Promise<void> {
  const [changes = []] = fc.sample(directories, { seed, numRuns: 1 });
  await store.directory.apply(changes, NOW);
  const { users, groups, projects } = await open();
  for (const asked of fc.sample(queries, { seed, numRuns })) {
    const of = asked as { users: UserQuery; groups: GroupQuery; projects: ProjectQuery };
    await check(asList(users), of.users, await naiveUsers(store, of.users));
    await check(asList(groups), of.groups, await naiveGroups(store, of.groups));
    await check(asList(projects), of.projects, await naiveProjects(store, of.projects));
  }
}
