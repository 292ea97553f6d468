import { expect, test } from '@jest/globals';
import type { Piece } from '../../../src/store/ports.ts';
import type { Subject } from '../contract.ts';
import {
  accessToken,
  convertedToken,
  deployToken,
  groupSource,
  hashOf,
  HOUR,
  newJob,
  NOW,
  projectSource,
  refreshToken,
  seed,
} from '../fixtures.ts';

interface Numbered {
  readonly id: number;
}

/** The ids of a whole walk, which must come in order. */
async function ids(piece: (after: number) => Promise<Piece<Numbered>>): Promise<number[]> {
  const found: number[] = [];
  for (let after: number | null = 0; after !== null;) {
    const { items, next }: Piece<Numbered> = await piece(after);
    found.push(...items.map(({ id }) => id));
    if (next !== null) expect(next).toBeGreaterThan(after);
    after = next;
  }
  expect(found).toEqual([...new Set(found)].toSorted((a, b) => a - b));
  return found;
}

export function walkContract(subject: Subject): void {
  test('an empty store has nothing to walk over', async () => {
    const { jobs, deployTokens, personalAccessTokens, convertedTokens, refreshTokens } =
      subject.store;
    expect(await ids((after) => jobs.walk({ endedAfter: 0 }, after))).toEqual([]);
    expect(await ids((after) => deployTokens.live({}, after, NOW))).toEqual([]);
    expect(await ids((after) => personalAccessTokens.live({}, after, NOW))).toEqual([]);
    expect(await ids((after) => convertedTokens.live({}, after, NOW))).toEqual([]);
    expect(await ids((after) => refreshTokens.live({}, after, NOW))).toEqual([]);
    await subject.store.settled();
  });

  test('jobs: those that have not ended, and those that ended later than a moment', async () => {
    const world = await seed(subject.store);
    const { jobs } = subject.store;
    const started = [];
    for (const fields of [{}, { projectId: world.other }, { userId: world.bob }, {}, {}]) {
      started.push(await jobs.start(await newJob(subject.store, world, fields)));
    }
    const [live = 0, other = 0, bobs = 0, early = 0, late = 0] = started.map(({ id }) => id);
    await jobs.setStatus(world.app, early, 'success', NOW + 5);
    await jobs.setStatus(world.app, late, 'failed', NOW + 6);
    const { app, jane, bob } = world;
    const walk = (filter: Parameters<typeof jobs.walk>[0]) =>
      ids((after) => jobs.walk(filter, after));
    expect(await walk({ endedAfter: 0 })).toEqual([live, other, bobs, early, late]);
    expect(await walk({ endedAfter: NOW + 5 })).toEqual([live, other, bobs, late]);
    expect(await walk({ projectId: app, endedAfter: NOW + 6 })).toEqual([live, bobs]);
    expect(await walk({ userId: jane, endedAfter: NOW + 6 })).toEqual([live, other]);
    expect(await walk({ userId: bob, endedAfter: NOW + 6 })).toEqual([bobs]);
    expect(await walk({ projectId: app, userId: jane, endedAfter: NOW + 6 })).toEqual([live]);
    expect(await walk({ projectId: 4_711, endedAfter: 0 })).toEqual([]);
    const { items } = await jobs.walk({ endedAfter: 0 }, bobs);
    expect(items).toEqual([await jobs.find(app, early), await jobs.find(app, late)]);
  });

  test('jobs: however far apart their ids are', async () => {
    const world = await seed(subject.store);
    const { jobs } = subject.store;
    const first = await jobs.start(await newJob(subject.store, world));
    let far = first.id;
    while (far < 4_000) far = await jobs.reserveId();
    const second = await jobs.start(await newJob(subject.store, world));
    const found = await ids((after) => jobs.walk({ endedAfter: 0 }, after));
    expect(found).toEqual([first.id, second.id]);
  });

  test('deploy tokens that live, of a holder or of all', async () => {
    const { app, other, acme } = await seed(subject.store);
    const { deployTokens } = subject.store;
    const create = async (holder = projectSource(app), expiresAt: number | null = null) => {
      const hash = hashOf(`${holder.kind} ${holder.id} ${expiresAt}`);
      return (await deployTokens.create(deployToken(holder, { hash, expiresAt }), NOW)).id;
    };
    const mine = await create();
    const ending = await create(projectSource(app), NOW + HOUR);
    const elsewhere = await create(projectSource(other));
    const groups = await create(groupSource(acme));
    const revoked = await create(projectSource(app), NOW + 2 * HOUR);
    await deployTokens.revoke(projectSource(app), revoked, NOW);
    const live = (holder?: ReturnType<typeof groupSource>, now = NOW) =>
      ids((after) => deployTokens.live({ holder }, after, now));
    expect(await live()).toEqual([mine, ending, elsewhere, groups]);
    expect(await live(projectSource(app))).toEqual([mine, ending]);
    expect(await live(projectSource(app), NOW + HOUR)).toEqual([mine]);
    expect(await live(groupSource(acme))).toEqual([groups]);
    expect(await live(groupSource(app + acme))).toEqual([]);
    const { items } = await deployTokens.live({}, mine, NOW);
    expect(items[0]).toEqual(await deployTokens.find(projectSource(app), ending));
  });

  test('personal access tokens that live, of a user or of all', async () => {
    const { jane, bob } = await seed(subject.store);
    const { personalAccessTokens } = subject.store;
    const create = (userId: number, expiresAt: number | null, hash: string) =>
      personalAccessTokens.create(accessToken(userId, { hash: hashOf(hash), expiresAt }), NOW);
    const [first, second, ending, revoked] = [
      await create(jane, null, 'a'),
      await create(bob, null, 'b'),
      await create(jane, NOW + HOUR, 'c'),
      await create(jane, null, 'd'),
    ];
    await personalAccessTokens.revoke(revoked.id, NOW);
    const live = (userId?: number, now = NOW) =>
      ids((after) => personalAccessTokens.live({ userId }, after, now));
    expect(await live()).toEqual([first.id, second.id, ending.id]);
    expect(await live(jane)).toEqual([first.id, ending.id]);
    expect(await live(jane, NOW + HOUR)).toEqual([first.id]);
    expect((await personalAccessTokens.live({}, first.id, NOW)).items[0]).toEqual(second);
  });

  test('converted tokens that live, of a project, a user or all', async () => {
    const { app, other, jane, bob } = await seed(subject.store);
    const { convertedTokens } = subject.store;
    let jobId = 0;
    const record = async (projectId: number, userId: number, expiresAt = NOW + HOUR) => {
      jobId += 1;
      const tokenHash = hashOf(`converted ${jobId}`);
      const fields = { projectId, userId, expiresAt, tokenHash, jobId };
      const token = await convertedTokens.record(convertedToken({ app, jane }, fields), NOW);
      return token?.id ?? 0;
    };
    const mine = await record(app, jane);
    const bobs = await record(app, bob, NOW + 2 * HOUR);
    const elsewhere = await record(other, jane);
    await convertedTokens.revoke(app, await record(app, jane), NOW);
    const live = (filter: Parameters<typeof convertedTokens.live>[0], now = NOW) =>
      ids((after) => convertedTokens.live(filter, after, now));
    expect(await live({})).toEqual([mine, bobs, elsewhere]);
    expect(await live({ projectId: app })).toEqual([mine, bobs]);
    expect(await live({ userId: jane })).toEqual([mine, elsewhere]);
    expect(await live({ projectId: app, userId: bob })).toEqual([bobs]);
    expect(await live({}, NOW + HOUR)).toEqual([bobs]);
  });

  test('refresh tokens that live, of a user or of all', async () => {
    const { jane, bob } = await seed(subject.store);
    const { refreshTokens } = subject.store;
    const create = async (userId: number, expiresAt: number, text: string) => {
      const wanted = refreshToken(userId, { hash: hashOf(text), expiresAt });
      const token = await refreshTokens.create(wanted, 9, NOW);
      if (token === null) throw new Error('no refresh token');
      return token;
    };
    const [first, ending, bobs, revoked] = [
      await create(jane, NOW + 2 * HOUR, 'a'),
      await create(jane, NOW + HOUR, 'b'),
      await create(bob, NOW + 2 * HOUR, 'c'),
      await create(jane, NOW + 2 * HOUR, 'd'),
    ];
    await refreshTokens.revoke(revoked.hash, NOW);
    const live = (userId?: number, now = NOW) =>
      ids((after) => refreshTokens.live({ userId }, after, now));
    expect(await live()).toEqual([first.id, ending.id, bobs.id]);
    expect(await live(jane)).toEqual([first.id, ending.id]);
    expect(await live(undefined, NOW + HOUR)).toEqual([first.id, bobs.id]);
    expect((await refreshTokens.live({}, ending.id, NOW)).items).toEqual([bobs]);
  });
}
