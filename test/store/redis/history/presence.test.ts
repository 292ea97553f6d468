import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { startRedis } from '../../../support/redis/single.ts';
import { modelServer, PASS_OVER, SETTLE, type ModelServer } from './model-server.ts';

const DAY = 86_400_000;
let client: Redis;
let server: ModelServer;

beforeAll(async () => {
  const redis = await startRedis({ config: { appendonly: 'no' } });
  client = new Redis({ path: `${redis.dir}/socket` });
  server = modelServer(client);
});
beforeEach(() => server.reset());
afterAll(() => client.disconnect());

const say = (id: string, claim = '', known = 0, leaving = false) => {
  server.now += 1;
  return server.presence({ id, claim, known, leaving });
};

/** Sees, replays and confirms. */
async function confirm(id: string, known = 0) {
  const { round } = await say(id, '', known);
  return say(id, round);
}

describe('a closed partition', () => {
  test('opens with the last confirmation, and not before', async () => {
    const { round } = await say('a');
    await say('b');
    expect(await say('a', round)).toMatchObject({ open: false, replayed: true, ids: ['b'] });
    expect(await say('b')).toMatchObject({ open: false, replayed: false, ids: ['b'] });
    expect(await say('b', round)).toMatchObject({ open: true, replayed: true, missing: 0 });
    expect(await say('c')).toMatchObject({ open: true, replayed: false, round });
  });

  test('takes no confirmation of another history', async () => {
    const { round } = await confirm('a');
    await server.failover(0);
    expect(await say('a', round)).toMatchObject({ open: false, replayed: false, ids: ['a'] });
    expect(await confirm('a')).toMatchObject({ open: true });
  });

  test('does not wait for one that was silent long before, and does for one that was not', async () => {
    await confirm('dead');
    server.now += 60_000;
    await confirm('a');
    server.now += 250_000;
    await say('a');
    await server.failover(0);
    expect(await confirm('a')).toMatchObject({ open: true, doubt: null });

    await say('late');
    await server.failover(0);
    // However long the server itself was away.
    server.now += 10 * DAY;
    expect(await confirm('a')).toMatchObject({ open: false, ids: ['late'] });
    expect(await say('a')).toMatchObject({ open: false, ids: ['late'] });
  });

  test('goes on waiting for the same instances when the history changes again', async () => {
    await confirm('a');
    await confirm('b');
    for (let changes = 0; changes < 5; changes++) {
      await server.failover(0);
      expect(await confirm('a')).toMatchObject({ open: false, ids: ['b'] });
      server.now += PASS_OVER - 1000;
      expect(await say('a')).toMatchObject({ open: false, ids: ['b'] });
    }
  });

  test('is passed over only by one that has confirmed itself', async () => {
    await confirm('a');
    await confirm('b');
    await server.failover(0);
    await say('a');
    server.now += PASS_OVER;
    expect(await say('a')).toMatchObject({ open: false, missing: 2 });
    const opened = await confirm('a');
    expect(opened).toMatchObject({ open: true, ids: ['b'], doubt: server.now });
  });

  test('is not left by one that has not replayed', async () => {
    await confirm('a');
    await confirm('b');
    await server.failover(0);
    const { round } = await say('a');
    expect(await say('b', '', 0, true)).toMatchObject({ replayed: false });
    expect(await say('a', round)).toMatchObject({ open: false, ids: ['b'] });
    expect(await say('b', round, 0, true)).toMatchObject({ replayed: true, open: true });
    expect((await server.look()).instances).toEqual(new Set(['a']));
  });
});

describe('a doubt', () => {
  async function passOverB() {
    await confirm('a');
    await confirm('b');
    await server.failover(0);
    await confirm('a');
    server.now += PASS_OVER;
    return (await confirm('a')).doubt ?? 0;
  }

  test('stays over further changes without another wait, until the instance has replayed', async () => {
    const doubt = await passOverB();
    expect(doubt).toBe(server.now);
    await server.failover(0);
    expect(await confirm('a')).toMatchObject({ open: true, doubt, ids: ['b'] });
    const back = await say('b');
    expect(back).toMatchObject({ open: true, replayed: false, doubt });
    expect(await say('b', back.round)).toMatchObject({ open: true, doubt: null, missing: 0 });
  });

  test('does not excuse an instance that was there again', async () => {
    const doubt = await passOverB();
    await say('b');
    await server.failover(0);
    expect(await confirm('a')).toMatchObject({ open: false, doubt, ids: ['b'] });
  });

  test('ends a day later, with what is known of the instance', async () => {
    await passOverB();
    server.now += DAY - 1000;
    expect(await say('a')).toMatchObject({ missing: 1 });
    server.now += 2000;
    expect(await say('a')).toMatchObject({ open: true, doubt: null, missing: 0 });
    expect((await server.look()).instances).toEqual(new Set(['a']));
  });

  test('is not over at once because the server was away for days', async () => {
    await confirm('a');
    await confirm('b');
    await server.failover(0);
    server.now += 3 * DAY;
    await confirm('a');
    server.now += PASS_OVER;
    expect(await say('a', (await say('a')).round)).toMatchObject({ open: true, ids: ['b'] });
    expect(await say('a')).toMatchObject({ open: true, ids: ['b'] });
  });
});

describe('a loss', () => {
  test('keeps the partition closed for a while, for instances that the store has forgotten', async () => {
    const { stored } = await confirm('a');
    await server.failover(1);
    expect(await confirm('a', stored)).toMatchObject({ open: false, regressed: true, missing: 0 });
    server.now += SETTLE - 10;
    const b = await say('b');
    server.now += 10;
    expect(await say('a')).toMatchObject({ open: false, ids: ['b'] });
    expect(await say('b', b.round)).toMatchObject({ open: true });
  });

  test('closes an open partition, whose server never changed', async () => {
    await confirm('a');
    const { stored, round } = await confirm('b');
    await server.rewind(1);
    const told = await say('b', round, stored);
    expect(told).toMatchObject({ open: false, replayed: false, regressed: true, age: 0 });
    expect(told.round).not.toBe(round);
    // What the other one replayed in the round before may be gone as well.
    expect(await say('a', round)).toMatchObject({ replayed: false, open: false });
  });

  test('during a round makes the confirmation of who noticed void', async () => {
    const { round } = await say('a');
    await say('b');
    const { stored } = await say('a', round);
    await server.rewind(1);
    const told = await say('a', round, stored);
    expect(told).toMatchObject({ open: false, replayed: false });
    expect(told.round).not.toBe(round);
  });

  test('is not what a clock that runs behind makes of it', async () => {
    const { stored, round } = await confirm('a');
    await server.failover(0);
    server.now -= 4000;
    const behind = await say('a', round, stored);
    expect(behind).toMatchObject({ regressed: false, stored });
  });

  test('is not what became of an instance that was silent for a day', async () => {
    const { stored, round } = await confirm('a');
    server.now += 1000;
    await confirm('b');
    server.now += DAY;
    await say('b');
    expect((await server.look()).instances).toEqual(new Set(['b']));
    expect(await say('a', round, stored)).toMatchObject({ open: true, regressed: false });
  });
});

test('no key holds anything but the ids and numbers it is made for', async () => {
  await confirm('a');
  expect(await client.hgetall('model:{j0}:history')).toEqual({
    replid: server.replid,
    round: expect.stringMatching(/^[0-9a-f]{40}-\d{13}-a$/),
    epoch: '1',
  });
  expect(await client.keys('*')).toHaveLength(2);
});
