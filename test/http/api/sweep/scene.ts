/** The world of the sweep: two tenants that have the same things, who calls, and fresh copies for what a call changes. */
import type { World } from '../../../support/world.ts';
import { openApi, type Api } from '../support.ts';
import { makeCallers, tokenOf, type Caller } from './callers.ts';
import { createClient, type Client } from './client.ts';
import { furnish } from './furnish.ts';
import { makePeople, type People } from './people.ts';
import { makePlaces, type Place } from './places.ts';
import { inProject, makeTenants, member, where, type Places } from './tenants.ts';

export interface Scene {
  readonly api: Api;
  readonly world: World;
  readonly client: Client;
  readonly people: People;
  readonly callers: readonly Caller[];
  readonly places: Places;
  /** Of each user who calls, a token that is not the one they call with: its id. */
  readonly spareTokens: ReadonlyMap<number, number>;
  /** New private places of acme, with the same members as its home. */
  fresh(count: number, path: string): Promise<readonly Place[]>;
  close(): Promise<void>;
}

export async function openScene(): Promise<Scene> {
  const api = await openApi('api: {rate_limit: {requests: 0, failures: 0}}\n');
  const { world } = api;
  const people = await makePeople(world);
  const all = await makeTenants(world, people.guinea);
  const acme = { kind: 'group', ref: 'acme' } as const;
  await world.apply(
    ...[...people.inGroup, people.blocked].map((person) => member(acme, person)),
    member(acme, people.former, world.clock.now() + 1000),
    ...inProject(people, 'acme/app'),
    ...['globex', 'globex-shared', 'initech', 'hooli'].map((ref) =>
      member({ kind: 'group', ref }, people.abroad),
    ),
  );
  const homes = { acme: all.home.projectPath, globex: all.hidden.projectPath };
  const callers = await makeCallers(world, people, homes);
  const users = callers.filter(({ kind }) => kind === 'user').map(({ person }) => person);
  const spareTokens = new Map(
    await Promise.all(
      [...new Set([...users, people.guinea])].map(
        async (person) =>
          [person.id, (await tokenOf(world, person, ['read_registry'])).id] as const,
      ),
    ),
  );
  const client = createClient(api.url);
  let pools = 0;
  return {
    api,
    world,
    client,
    people,
    callers,
    places: all,
    spareTokens,
    async fresh(count, path) {
      const wheres = Array.from({ length: count }, () =>
        where('their own private', 'acme', 'private', `acme/pool-${++pools}`),
      );
      const members = wheres.flatMap(({ projectPath }) => inProject(people, projectPath));
      const made = await makePlaces(world, wheres, people.guinea.id, members);
      return Promise.all(made.map((place) => furnish(world, place, people.guinea.id, path)));
    },
    async close() {
      client.close();
      await api.close();
    },
  };
}
