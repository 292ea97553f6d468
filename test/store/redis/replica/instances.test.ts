import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { AppError } from '../../../../src/errors.ts';
import { createKeys, DIRECTORY } from '../../../../src/store/redis/keys.ts';
import { cut, delay, duplicateRequest } from '../../../support/redis/fault.ts';
import { startFaultProxy } from '../../../support/redis/fault-proxy.ts';
import { sleep, until } from '../../../support/redis/child.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import {
  accessToken,
  ALL,
  apply,
  deployToken,
  join,
  makeGroup,
  makeProject,
  makeUser,
  NOW,
  projectSource,
  seed,
} from '../../fixtures.ts';
import { useFleet, type Instance } from './support.ts';

// A call has 250 ms, which a busy machine may take away.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

/** On a busy machine a call may end so: then it has happened, or not. */
function cannotTell(error: unknown): null {
  if (error instanceof AppError && error.code === 'store_unavailable') return null;
  throw error;
}

describe('instances over one Redis', () => {
  let server: SingleRedis;
  beforeAll(async () => {
    server = await startRedis({ config: { appendonly: 'no' } });
  });
  afterAll(() => server.stop());
  const newFleet = useFleet(() => server);

  test('CD: a revocation at one is seen by the very next admission at the other', async () => {
    const fleet = await newFleet();
    const [a, b] = [await fleet.open(), await fleet.open()];
    const { app, jane } = await seed(a.store);
    const holder = projectSource(app);
    for (let round = 0; round < 50; round += 1) {
      const [deploy, pat] = [`deploy-${round}`, `pat-${round}`];
      const token = await a.store.deployTokens.create(deployToken(holder, { hash: deploy }), NOW);
      const own = await a.store.personalAccessTokens.create(accessToken(jane, { hash: pat }), NOW);
      expect((await b.store.deployTokens.admit(deploy))?.token.revokedAt).toBeNull();
      expect((await b.store.personalAccessTokens.admit(pat))?.token.revokedAt).toBeNull();
      await a.store.deployTokens.revoke(holder, token.id, NOW + 1);
      expect((await b.store.deployTokens.admit(deploy))?.token.revokedAt).toBe(NOW + 1);
      await b.store.personalAccessTokens.revoke(own.id, NOW + 2);
      expect((await a.store.personalAccessTokens.admit(pat))?.token.revokedAt).toBe(NOW + 2);
    }
  });

  test('a change at one is in the facts of the other within a second', async () => {
    const fleet = await newFleet();
    const [a, b] = [await fleet.open(), await fleet.open()];
    const { jane } = await seed(a.store);
    const level = async (at: Instance): Promise<number | undefined> => {
      const query = { repositories: ['acme/other'], userId: jane, homeProjectId: null, now: NOW };
      return (await at.store.directory.facts(query)).get('acme/other')?.accessLevel;
    };
    for (const accessLevel of [20, 30, 40, 50] as const) {
      await apply(a.store, join('project', 'acme/other', jane, accessLevel));
      expect(await level(a)).toBe(accessLevel);
      const began = performance.now();
      await until('the change', async () => (await level(b)) === accessLevel, 1_000, 1);
      expect(performance.now() - began).toBeLessThan(1_000);
    }
  });

  test('the owners of a job are remembered and follow changes', async () => {
    const fleet = await newFleet();
    const [a, b] = [await fleet.open(), await fleet.open()];
    const { jane, app } = await seed(a.store);
    const job = { userId: jane, projectId: app };
    const wanted = { user: { id: jane, state: 'active' }, project: { id: app } };
    await until('the seed', async () => (await b.replica.ownersOf(job)).project !== null, 1_000);
    expect(await b.replica.ownersOf(job)).toMatchObject(wanted);
    await apply(a.store, { kind: 'user.delete', user: jane });
    expect(await a.replica.ownersOf(job)).toMatchObject({ user: null, project: { id: app } });
    await until('the deletion', async () => (await b.replica.ownersOf(job)).user === null, 1_000);
    expect(await b.replica.ownersOf({ userId: null, projectId: 999 })).toEqual({
      user: null,
      project: null,
    });
  });

  test('200 creations at two instances at once: none is lost, no id is given twice', async () => {
    const fleet = await newFleet();
    const both = [await fleet.open(), await fleet.open()] as const;
    const ids: number[] = [];
    let unknown = 0;
    await Promise.all(
      both.map(async ({ store }, at) => {
        for (let index = 0; index < 100; index += 1) {
          const id = await apply(store, makeUser(`user-${at}-${index}`)).catch(cannotTell);
          if (id === null) unknown += 1;
          else ids.push(id);
        }
      }),
    );
    expect(unknown).toBeLessThan(10);
    expect(new Set(ids).size).toBe(200 - unknown);
    for (const { store } of both) {
      const { items } = await store.directory.users(ALL);
      const found = new Set(items.map(({ id }) => id));
      expect(found.size).toBe(items.length);
      expect(new Set(items.map(({ username }) => username)).size).toBe(items.length);
      expect(ids.filter((id) => !found.has(id))).toEqual([]);
    }
    expect(fleet.digest(both[0])).toBe(fleet.digest(both[1]));
  });

  test('an instance that writes all the time leaves others their turn', async () => {
    const fleet = await newFleet();
    const proxy = await startFaultProxy(server);
    const [busy, other] = [await fleet.open(), await fleet.open({ url: proxy.url })];
    // Further away from Redis: whatever it sends, the other one has written meanwhile.
    proxy.set(delay(15));
    const stop = new AbortController();
    const work = (async () => {
      for (let index = 0; !stop.signal.aborted; index += 1) {
        await apply(busy.store, makeUser(`busy-${index}`)).catch(cannotTell);
      }
    })();
    const done: unknown[] = [];
    for (let index = 0; index < 10; index += 1) {
      done.push(await apply(other.store, makeUser(`other-${index}`)).catch(cannotTell));
    }
    stop.abort();
    await work;
    await proxy.close();
    expect(done.filter((id) => id === null).length).toBeLessThan(4);
  });

  test('of creations of one name at two instances one wins', async () => {
    const fleet = await newFleet();
    const both = [await fleet.open(), await fleet.open()] as const;
    let won = 0;
    for (let round = 0; round < 20; round += 1) {
      const results = await Promise.allSettled(
        both.map(({ store }) => apply(store, makeGroup(`group-${round}`))),
      );
      const winners = results.filter(({ status }) => status === 'fulfilled').length;
      expect(winners).toBeLessThan(2);
      won += winners;
      for (const result of results) {
        if (result.status === 'fulfilled') continue;
        const { code } = result.reason as AppError;
        expect(['conflict', 'store_unavailable']).toContain(code);
      }
    }
    expect(won).toBeGreaterThan(15);
    const { items } = await both[0].store.directory.groups(ALL);
    expect(new Set(items.map(({ name }) => name)).size).toBe(items.length);
    expect(items.length).toBeGreaterThanOrEqual(won);
  });

  test('ids never come back, whichever instance makes the next object', async () => {
    const fleet = await newFleet();
    const [a, b] = [await fleet.open(), await fleet.open()];
    const first = await apply(a.store, makeUser('jane'));
    await apply(b.store, { kind: 'user.delete', user: 'jane' });
    const second = await apply(a.store, makeUser('jane'));
    expect(second).toBeGreaterThan(first);
    await apply(b.store, { kind: 'user.delete', user: second });
    const c = await fleet.open();
    expect(await apply(c.store, makeUser('jane'))).toBeGreaterThan(second);
  });

  test('what a deletion took along is told once, to the instance that did it', async () => {
    const fleet = await newFleet();
    const [a, b] = [await fleet.open(), await fleet.open()];
    const world = await seed(a.store);
    const tool = await apply(a.store, makeProject('jane/tool'));
    await apply(b.store, { kind: 'user.delete', user: 'jane' });
    expect(b.removed).toEqual([{ userIds: [world.jane], projectIds: [tool] }]);
    await apply(b.store, { kind: 'group.delete', group: 'acme' });
    expect(b.removed[1]?.userIds).toEqual([]);
    expect(new Set(b.removed[1]?.projectIds)).toEqual(new Set([world.app, world.other]));
    await a.store.directory.users(ALL);
    expect(a.removed).toEqual([]);
  });

  test.each([
    ['lost', cut('reply')],
    ['late', delay(600)],
    ['lost before the command arrives', cut('request')],
    ['one of two', duplicateRequest()],
  ])('M7: a commit whose answer is %s happens at most once', async (_name, fault) => {
    const fleet = await newFleet();
    const proxy = await startFaultProxy(server);
    const a = await fleet.open({ url: proxy.url });
    const b = await fleet.open();
    const world = await seed(a.store);
    const isCommit = (command: readonly string[]): boolean =>
      command.includes(fleet.keys.changedChannel) && command.length > 20;
    const struck = proxy.next(fault, 1, isCommit);
    const began = performance.now();
    const result = await apply(a.store, makeUser('kate')).catch((error: Error) => error);
    expect(performance.now() - began).toBeLessThan(500);
    await struck;
    if (result instanceof Error) expect(result).toMatchObject({ code: 'store_unavailable' });
    const usersOf = async ({ store }: Instance) => (await store.directory.users(ALL)).items;
    await sleep(700);
    await until('that it is back', async () => (await usersOf(a)).length > 0, 3_000);
    const [seenByA, seenByB] = [await usersOf(a), await usersOf(b)];
    expect(seenByA).toEqual(seenByB);
    expect(seenByA.filter(({ username }) => username === 'kate').length).toBeLessThanOrEqual(1);
    if (typeof result === 'number') expect(seenByA.at(-1)?.id).toBe(result);
    await until(
      'that both write',
      async () => (await b.replica.ping(), await a.replica.ping(), true),
    );
    await apply(b.store, makeUser('last'));
    expect((await usersOf(a)).map(({ id }) => id)).toEqual((await usersOf(b)).map(({ id }) => id));
    expect(world.bob).toBe(2);
    await proxy.close();
  });

  test('a commit that reached too few replicas is rejected, and in place', async () => {
    const fleet = await newFleet();
    const [a, b] = [await fleet.open({ replicas: 1 }), await fleet.open()];
    const refused = { code: 'store_unavailable', detail: expect.stringContaining('0 replicas') };
    await expect(apply(a.store, makeUser('jane'))).rejects.toMatchObject(refused);
    expect((await b.store.directory.users(ALL)).total).toBe(1);
  });

  test('the log keeps no more than it should, and who is far behind loads everything', async () => {
    const fleet = await newFleet();
    const logLimits = { commits: 5, bytes: 1_000_000 };
    const [a, b] = [await fleet.open({ logLimits }), await fleet.open()];
    const proxy = await startFaultProxy(server);
    const c = await fleet.open({ url: proxy.url });
    await proxy.down();
    for (let index = 0; index < 12; index += 1) await apply(a.store, makeUser(`u${index}`));
    expect(await server.cli('XLEN', createKeys(fleet.prefix).log)).toBe(5);
    expect((await b.store.directory.users(ALL)).total).toBe(12);
    await proxy.up();
    const total = async (): Promise<number> => (await c.store.directory.users(ALL)).total;
    await until('the load', async () => (await total()) === 12, 5_000);
    expect(fleet.digest(c)).toBe(fleet.digest(a));
    await apply(a.store, makeUser('x', { name: 'y'.repeat(600_000) }));
    await apply(a.store, makeUser('z', { name: 'y'.repeat(600_000) }));
    expect(await server.cli('XLEN', createKeys(fleet.prefix).log)).toBe(2);
  });

  test('a closed partition is neither read nor written', async () => {
    const fleet = await newFleet();
    const a = await fleet.open();
    const { jane } = await seed(a.store);
    await server.cli('HSET', fleet.keys.history(DIRECTORY), 'replid', 'another');
    const away = { code: 'store_unavailable' };
    await expect(a.store.directory.user(jane)).rejects.toMatchObject(away);
    await expect(a.store.personalAccessTokens.admit('x')).rejects.toMatchObject(away);
    await expect(apply(a.store, makeUser('kate'))).rejects.toMatchObject(away);
  });
});
