import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sleep, until } from '../../../support/redis/child.ts';
import { startFaultProxy } from '../../../support/redis/fault-proxy.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import {
  accessToken,
  ALL,
  apply,
  deployToken,
  makeUser,
  NOW,
  projectSource,
  seed,
} from '../../fixtures.ts';
import { newHistory, rememberPast, trust, WITH_DEBUG } from './history.ts';
import { useFleet, type Instance } from './support.ts';

const away = { code: 'store_unavailable' };
const names = async ({ store }: Instance): Promise<string[]> =>
  (await store.directory.users(ALL)).items.map(({ username }) => username);

describe('after a change of history', () => {
  let server: SingleRedis;
  beforeAll(async () => {
    server = await startRedis({ config: WITH_DEBUG });
  });
  afterAll(() => server.stop());
  const newFleet = useFleet(() => server);

  test('R5: what a failover lost is given back before anybody is served', async () => {
    const fleet = await newFleet();
    const [a, b] = [await fleet.open(), await fleet.open()];
    const { app } = await seed(a.store);
    const holder = projectSource(app);
    const token = await a.store.deployTokens.create(deployToken(holder), NOW);
    const past = await rememberPast(server, fleet);
    await a.store.deployTokens.revoke(holder, token.id, NOW);
    await apply(b.store, makeUser('kate'), { kind: 'user.delete', user: 'bob' });
    const last = await apply(a.store, makeUser('lou'));
    await b.store.directory.users(ALL);
    const before = fleet.digest(a);

    const replid = await past.comeBack();
    await expect(a.store.deployTokens.admit('deploy-hash')).rejects.toMatchObject(away);
    await expect(apply(b.store, makeUser('mia'))).rejects.toMatchObject(away);
    expect(await Promise.all([a.replica.repair(replid), b.replica.repair(replid)])).toEqual([
      'kept',
      'kept',
    ]);
    await trust(server, fleet);
    expect((await b.store.deployTokens.admit('deploy-hash'))?.token.revokedAt).toBe(NOW);
    const c = await fleet.open();
    for (const instance of [a, b, c]) {
      expect(await names(instance)).toEqual(['jane', 'kate', 'lou']);
      expect(fleet.digest(instance)).toBe(before);
      expect(instance.reloads()).toBe(0);
    }
    expect(await apply(c.store, makeUser('mia'))).toBe(last + 1);
  });

  test('who has only some of the lost commits gives those, who has all of them the rest', async () => {
    const fleet = await newFleet();
    const proxy = await startFaultProxy(server);
    const [a, b] = [await fleet.open(), await fleet.open({ url: proxy.url })];
    await seed(a.store);
    const past = await rememberPast(server, fleet);
    await apply(b.store, makeUser('kate'));
    await proxy.down();
    await apply(a.store, makeUser('lou'));
    const replid = await past.comeBack();
    await proxy.up();
    await until('that b is back', () => b.redis.ready(5_000));
    expect(await b.replica.repair(replid)).toBe('kept');
    expect(await a.replica.repair(replid)).toBe('kept');
    await trust(server, fleet);
    await until('that b serves', async () => (await names(b)).length > 0);
    expect(await names(b)).toEqual(['jane', 'bob', 'kate', 'lou']);
    expect(fleet.digest(b)).toBe(fleet.digest(a));
  });

  test('who was passed over, and finds that others went on, takes what they have', async () => {
    const fleet = await newFleet();
    const proxy = await startFaultProxy(server);
    const [a, b] = [await fleet.open({ url: proxy.url }), await fleet.open()];
    await seed(a.store);
    await names(b);
    const past = await rememberPast(server, fleet);
    await b.close();
    await apply(a.store, makeUser('only-a'));
    await proxy.down();
    const replid = await past.comeBack();
    const again = await fleet.open({ dataDir: b.dataDir, start: false });
    expect(await again.replica.repair(replid)).toBe('kept');
    await trust(server, fleet);
    await again.replica.start();
    await apply(again.store, makeUser('only-b'));
    await proxy.up();
    await until('that a serves', async () => (await names(a)).length > 0, 5_000);
    expect(await names(a)).toEqual(['jane', 'bob', 'only-b']);
    expect(fleet.digest(a)).toBe(fleet.digest(again));
    expect(a.reloads()).toBe(1);
    expect(await a.replica.repair(replid)).toBe('kept');
  });

  test('who was passed over, and finds that nobody went on, gives back what was lost', async () => {
    const fleet = await newFleet();
    const a = await fleet.open();
    await seed(a.store);
    const past = await rememberPast(server, fleet);
    await apply(a.store, makeUser('only-a'));
    await past.comeBack();
    await trust(server, fleet);
    await until('that a serves', async () => (await names(a)).length > 0, 5_000);
    expect(await names(a)).toEqual(['jane', 'bob', 'only-a']);
    expect(a.reloads()).toBe(0);
    expect(await names(await fleet.open())).toEqual(['jane', 'bob', 'only-a']);
  });

  test('the journal revokes again while all else is closed', async () => {
    const fleet = await newFleet();
    const a = await fleet.open();
    const { app, jane } = await seed(a.store);
    const holder = projectSource(app);
    const token = await a.store.deployTokens.create(deployToken(holder), NOW);
    const pat = await a.store.personalAccessTokens.create(accessToken(jane), NOW);
    await newHistory(server);
    await sleep(50);
    await expect(a.store.deployTokens.revoke(holder, token.id, NOW)).rejects.toMatchObject(away);
    const { duringRepair } = a.replica;
    const deployRevoked = duringRepair.deployTokens.revoke(holder, token.id, NOW + 3);
    const patRevoked = duringRepair.personalAccessTokens.revoke(pat.id, NOW + 4);
    expect((await deployRevoked)?.revokedAt).toBe(NOW + 3);
    expect((await patRevoked)?.revokedAt).toBe(NOW + 4);
    expect(await duringRepair.personalAccessTokens.revoke(pat.id, NOW + 5)).toMatchObject({
      revokedAt: NOW + 4,
    });
    await trust(server, fleet);
    const b = await fleet.open();
    expect((await b.store.deployTokens.admit('deploy-hash'))?.token.revokedAt).toBe(NOW + 3);
    expect((await a.store.deployTokens.admit('deploy-hash'))?.token.revokedAt).toBe(NOW + 3);
  });

  test('a repair of a history that is over by now is refused', async () => {
    const fleet = await newFleet();
    const a = await fleet.open();
    const replid = await newHistory(server);
    await newHistory(server);
    await expect(a.replica.repair(replid)).rejects.toMatchObject(away);
  });

  test('a Redis that came back empty is not repaired by throwing the replica away', async () => {
    const fleet = await newFleet();
    const a = await fleet.open();
    await seed(a.store);
    const replid = await newHistory(server);
    await server.cli('DEL', fleet.keys.head, fleet.keys.log, fleet.keys.rows('users'));
    await expect(a.replica.repair(replid)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('Redis has no wharfpass data'),
    });
    expect(a.replica.state().version).toBe(1);
  });

  test('an instance without a replica loads one in the repair, if its journal knows the store', async () => {
    const fleet = await newFleet();
    const a = await fleet.open();
    const { jane } = await seed(a.store);
    const pat = await a.store.personalAccessTokens.create(accessToken(jane), NOW);
    const journalStore = await a.replica.start();
    const replid = await newHistory(server);
    const b = await fleet.open({ journalStore, start: false });
    expect(await b.replica.repair(replid)).toBe('reloaded');
    await b.replica.duringRepair.personalAccessTokens.revoke(pat.id, NOW);
    expect(await a.replica.repair(replid)).toBe('kept');
    await trust(server, fleet);
    expect((await a.store.personalAccessTokens.admit('pat-hash'))?.token.revokedAt).toBe(NOW);
  });
});
