import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../../support/redis/child.ts';
import { startFaultProxy } from '../../../support/redis/fault-proxy.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import {
  accessToken,
  apply,
  convertedToken,
  deployToken,
  makeUser,
  NOW,
  projectSource,
  refreshToken,
  seed,
} from '../../fixtures.ts';
import { useFleet } from './support.ts';

const away = { code: 'store_unavailable' };

describe('while Redis is away', () => {
  let server: SingleRedis;
  beforeAll(async () => {
    server = await startRedis({ config: { appendonly: 'no' } });
  });
  afterAll(() => server.stop());
  const newFleet = useFleet(() => server);

  /** An instance behind a proxy, with a clock that the test moves on. */
  async function setUp(options: { staleCredentials?: number; staleAnonymous?: number }) {
    const fleet = await newFleet();
    const proxy = await startFaultProxy(server);
    let passed = 0;
    const monotonic = (): number => performance.now() + passed;
    const instance = await fleet.open({ url: proxy.url, monotonic, ...options });
    const world = await seed(instance.store);
    const { store } = instance;
    await store.deployTokens.create(deployToken(projectSource(world.app)), NOW);
    await store.personalAccessTokens.create(accessToken(world.jane), NOW);
    await store.refreshTokens.create(refreshToken(world.jane, { hash: 'refresh-hash' }), 100, NOW);
    await store.convertedTokens.record(convertedToken(world, { tokenHash: 'job-hash' }), NOW);
    const factsOf = async (userId: number | null, homeProjectId: number | null = null) => {
      const query = { repositories: ['acme/other'], userId, homeProjectId, now: NOW };
      return (await store.directory.facts(query)).size;
    };
    expect(await factsOf(null)).toBe(1);
    const advance = (ms: number): void => void (passed += ms);
    return { fleet, proxy, instance, store, world, factsOf, advance };
  }

  test('CD: tokens and logins are refused at once, and anonymous facts last for a while', async () => {
    const { proxy, store, world, factsOf, advance, instance } = await setUp({});
    await proxy.down();
    const began = performance.now();
    await expect(store.deployTokens.admit('deploy-hash')).rejects.toMatchObject(away);
    await expect(store.personalAccessTokens.admit('pat-hash')).rejects.toMatchObject(away);
    await expect(store.directory.userByUsername('jane')).rejects.toMatchObject(away);
    await expect(apply(store, makeUser('kate'))).rejects.toMatchObject(away);
    expect(performance.now() - began).toBeLessThan(4 * 600);
    await until('the end of the subscription', () => !instance.replica.state().fresh);
    await expect(factsOf(world.jane)).rejects.toMatchObject(away);
    await expect(factsOf(null, world.app)).rejects.toMatchObject(away);
    const owners = instance.replica.ownersOf({ userId: world.jane, projectId: world.app });
    await expect(owners).rejects.toMatchObject(away);
    expect(await factsOf(null)).toBe(1);
    advance(50_000);
    expect(await factsOf(null)).toBe(1);
    advance(10_000);
    await expect(factsOf(null)).rejects.toMatchObject(away);
    await proxy.up();
    await until('its return', async () => (await factsOf(world.jane)) === 1, 10_000);
    expect((await store.deployTokens.admit('deploy-hash'))?.token.revokedAt).toBeNull();
    await until('the subscription', () => instance.replica.state().fresh, 10_000);
  });

  test('with stale_credentials tokens are served for so long, and not longer', async () => {
    const { proxy, store, world, factsOf, advance } = await setUp({
      staleCredentials: 10_000,
      staleAnonymous: 0,
    });
    await proxy.down();
    expect(await store.deployTokens.admit('deploy-hash')).not.toBeNull();
    expect(await store.personalAccessTokens.admit('pat-hash')).not.toBeNull();
    await expect(store.refreshTokens.admit('refresh-hash')).rejects.toMatchObject(away);
    await expect(store.convertedTokens.admit('job-hash')).rejects.toMatchObject(away);
    expect(await factsOf(world.jane)).toBe(1);
    expect(await factsOf(null)).toBe(1);
    await expect(apply(store, makeUser('kate'))).rejects.toMatchObject(away);
    advance(10_000);
    await expect(store.deployTokens.admit('deploy-hash')).rejects.toMatchObject(away);
    await expect(store.personalAccessTokens.admit('pat-hash')).rejects.toMatchObject(away);
    await expect(factsOf(null)).rejects.toMatchObject(away);
  });

  test('a replica of before the start is not served, however much may be stale', async () => {
    const { fleet, proxy, instance, factsOf } = await setUp({});
    await instance.close();
    await proxy.down();
    const again = await fleet.open({
      url: proxy.url,
      dataDir: instance.dataDir,
      start: false,
      staleCredentials: 1e9,
    });
    await expect(again.replica.start()).rejects.toMatchObject(away);
    await expect(again.store.deployTokens.admit('deploy-hash')).rejects.toMatchObject(away);
    expect(again.replica.state()).toMatchObject({ ageMs: Infinity, fresh: false });
    await proxy.up();
    await until('the start', () => again.replica.start().then(() => true), 5_000);
    expect(await again.store.deployTokens.admit('deploy-hash')).not.toBeNull();
    await expect(factsOf(null)).rejects.toMatchObject(away);
  });

  test('without messages every answer waits for a sync of its own', async () => {
    const { fleet, proxy, instance, store, factsOf, world } = await setUp({});
    const other = await fleet.open();
    await until('the subscription', () => instance.replica.state().fresh, 10_000);
    // The subscription's connection alone is cut for as long as this lasts.
    proxy.set({ kind: 'cut', at: 'request', by: 'RST' }, ([name = '']) => /subscribe/i.test(name));
    await server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until('that it knows', () => !instance.replica.state().fresh);
    for (let round = 0; round < 20; round += 1) {
      await apply(other.store, { kind: 'user.update', user: 'jane', fields: { name: `${round}` } });
      const { user } = await instance.replica.ownersOf({ userId: world.jane, projectId: 1 });
      expect(user?.name).toBe(`${round}`);
    }
    expect(await factsOf(null)).toBe(1);
    await proxy.heal();
    await until('the subscription again', () => instance.replica.state().fresh, 10_000);
    expect(await store.directory.userByUsername('jane')).toMatchObject({ name: '19' });
  });
});
