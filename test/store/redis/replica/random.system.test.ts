/** Whatever three instances do in whatever order, in the end each has the same rows, and so has who loads them anew. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../../../src/errors.ts';
import type { DirectoryChange } from '../../../../src/store/directory-change.ts';
import { until } from '../../../support/redis/child.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import {
  accessToken,
  allow,
  deployToken,
  groupSource,
  join,
  leave,
  makeGroup,
  makeProject,
  makeUser,
  NOW,
  projectSource,
  protect,
} from '../../fixtures.ts';
import { newHistory, rememberPast, trust, WITH_DEBUG } from './history.ts';
import { useFleet, type Fleet, type Instance } from './support.ts';

const SEQUENCES = 300;
const username = fc.constantFrom('jane', 'bob', 'kim');
const group = fc.constantFrom('acme', 'acme/team', 'tools');
const project = fc.constantFrom('acme/app', 'acme/team/app', 'tools/x', 'jane/own', 'bob/own');
const level = fc.constantFrom(10, 20, 30, 40, 50) as fc.Arbitrary<10 | 20 | 30 | 40 | 50>;
const name = fc.constantFrom('A', 'B', 'ü\u2028"\\');

const change: fc.Arbitrary<DirectoryChange> = fc.oneof(
  username.map((user) => makeUser(user)),
  group.map((path) => makeGroup(path)),
  project.map((path) => makeProject(path)),
  username.map((user): DirectoryChange => ({ kind: 'user.delete', user })),
  group.map((ref): DirectoryChange => ({ kind: 'group.delete', group: ref })),
  project.map((ref): DirectoryChange => ({ kind: 'project.delete', project: ref })),
  fc
    .tuple(username, name)
    .map(([user, to]): DirectoryChange => ({ kind: 'user.update', user, fields: { name: to } })),
  fc.tuple(project, username, level).map(([ref, user, at]) => join('project', ref, user, at)),
  fc.tuple(group, username, level).map(([ref, user, at]) => join('group', ref, user, at)),
  fc.tuple(group, username).map(([ref, user]) => leave('group', ref, user)),
  fc.tuple(project, project).map(([target, from]) => allow(target, 'project', from)),
  fc.tuple(project, group).map(([target, from]) => allow(target, 'group', from, [])),
  fc.tuple(project, level).map(([ref, at]) => protect(ref, 'tag', 'v*', at)),
);

type Step = { readonly at: number } & (
  | { readonly kind: 'apply'; readonly changes: readonly DirectoryChange[] }
  | { readonly kind: 'token'; readonly group: boolean; readonly id: number }
  | { readonly kind: 'pat' | 'revoke' | 'touch'; readonly id: number }
  | { readonly kind: 'reopen' | 'reload' }
);

const at = fc.nat(2);
const id = fc.integer({ min: 1, max: 4 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      at,
      kind: fc.constant('apply' as const),
      changes: fc.array(change, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ at, kind: fc.constant('token' as const), group: fc.boolean(), id }),
  },
  { weight: 3, arbitrary: fc.record({ at, kind: fc.constantFrom('pat', 'revoke', 'touch'), id }) },
  { weight: 1, arbitrary: fc.record({ at, kind: fc.constantFrom('reopen', 'reload') }) },
);

let counter = 0;

async function run({ store }: Instance, step: Step): Promise<unknown> {
  const hash = `hash-${(counter += 1)}`;
  const { deployTokens, personalAccessTokens } = store;
  switch (step.kind) {
    case 'apply':
      return store.directory.apply(step.changes, NOW);
    case 'token':
      return deployTokens.create(
        deployToken(step.group ? groupSource(step.id) : projectSource(step.id), { hash }),
        NOW,
      );
    case 'pat':
      return personalAccessTokens.create(accessToken(step.id, { hash }), NOW);
    case 'revoke':
      await deployTokens.revoke(projectSource(step.id), step.id, NOW);
      return personalAccessTokens.revoke(step.id, NOW);
    case 'touch':
      return personalAccessTokens.touch(step.id, NOW + counter);
    default:
      return undefined;
  }
}

let unknown = 0;

/** A domain error is an answer. On a busy machine a call may end in "cannot tell": then it has happened, or not. */
async function attempt(instance: Instance, step: Step): Promise<void> {
  await run(instance, step).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'store_unavailable') unknown += 1;
  });
}

/** Waits until the instance has all that there is. */
const current = ({ replica }: Instance): Promise<void> =>
  until('an answer', () => replica.ping().then(() => true), 5_000);

describe('three instances', () => {
  let server: SingleRedis;
  beforeAll(async () => {
    server = await startRedis({ config: WITH_DEBUG });
  });
  afterAll(() => server.stop());
  const newFleet = useFleet(() => server);

  async function play(fleet: Fleet, instances: Instance[], steps: readonly Step[]): Promise<void> {
    const restart = async (place: number, keep: boolean): Promise<void> => {
      const old = instances[place] as Instance;
      await old.close();
      instances[place] = await fleet.open(keep ? { dataDir: old.dataDir } : {});
    };
    for (const one of steps) {
      if (one.kind === 'reopen' || one.kind === 'reload')
        await restart(one.at, one.kind === 'reopen');
    }
    const lanes = [0, 1, 2].map(async (place) => {
      for (const one of steps.filter((each) => each.at === place)) {
        await attempt(instances[place] as Instance, one);
      }
    });
    await Promise.all(lanes);
  }

  test(`${SEQUENCES} random sequences, at once and with restarts and reloads: all tables are equal`, async () => {
    const fleet = await newFleet();
    const instances = [await fleet.open(), await fleet.open(), await fleet.open()];
    const sequence = fc.array(anyStep, { minLength: 3, maxLength: 10 });
    let played = 0;
    await fc.assert(
      fc.asyncProperty(sequence, async (steps) => {
        await play(fleet, instances, steps);
        await Promise.all(instances.map(current));
        const [first, ...others] = instances.map((instance) => fleet.digest(instance));
        for (const other of others) expect(other).toBe(first);
        played += 1;
      }),
      { numRuns: SEQUENCES, endOnFailure: true },
    );
    expect(played).toBe(SEQUENCES);
    expect(unknown).toBeLessThan(SEQUENCES / 10);
    const loaded = await fleet.open();
    expect(fleet.digest(loaded)).toBe(fleet.digest(instances[0] as Instance));
  }, 180_000);

  test('40 random losses of the latest commits are all given back', async () => {
    const fleet = await newFleet();
    const instances = [await fleet.open(), await fleet.open(), await fleet.open()];
    const sequence = fc.array(anyStep, { minLength: 2, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(sequence, sequence, async (kept, lost) => {
        const quiet = (steps: readonly Step[]) =>
          steps.filter(({ kind }) => kind !== 'touch' && kind !== 'reopen' && kind !== 'reload');
        await play(fleet, instances, quiet(kept));
        const past = await rememberPast(server, fleet);
        await play(fleet, instances, quiet(lost));
        await Promise.all(instances.map(current));
        const before = fleet.digest(instances[0] as Instance);
        const replid = await past.comeBack();
        await Promise.all(instances.map(({ replica }) => replica.repair(replid)));
        await trust(server, fleet);
        for (const instance of instances) {
          await current(instance);
          expect(fleet.digest(instance)).toBe(before);
          expect(instance.reloads()).toBe(0);
        }
        expect(await newHistory(server)).not.toBe(replid);
        await trust(server, fleet);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  }, 120_000);
});
