import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PARTITIONS } from '../../../../src/store/redis/keys.ts';
import { slotOf } from '../../../../src/store/redis/connection/slot.ts';
import { sleep, until } from '../../../support/redis/child.ts';
import type { Node } from '../../../support/redis/node.ts';
import { startCluster, type ClusterRedis } from '../../../support/redis/cluster.ts';
import { add, echo, ended, explained, openRedis, type Opened } from './open.ts';

const AT_MOST = 500;
let cluster: ClusterRedis;
let opened: Opened;
const heard: string[] = [];
const told: boolean[] = [];

beforeAll(async () => {
  // As docs/redis.md asks for: a shard without a primary is no reason to refuse what the others hold.
  cluster = await startCluster({ config: { 'cluster-require-full-coverage': 'no' } });
  opened = await openRedis(cluster.url, { replicas: 1 });
  await opened.redis.subscribe('test:changed', {
    message: (text) => heard.push(text),
    state: (up) => told.push(up),
  });
}, 60_000);
afterAll(() => cluster.stop(), 30_000);

const everywhere = (verb: 'run' | 'runDurably', text: string) =>
  Promise.all(PARTITIONS.map((partition) => ended(opened.redis[verb](echo(text, partition)))));
const allSay = async (verb: 'run' | 'runDurably', text: string): Promise<boolean> =>
  (await everywhere(verb, text)).every(({ said }) => said === text);

test('each partition is served by the primary of its slot, with one replica that has it', async () => {
  expect(await allSay('run', 'x')).toBe(true);
  for (const partition of PARTITIONS) {
    const reply = await explained(opened.redis.runDurably(add('a', partition)));
    expect(reply).toMatchObject({ values: [1], replicas: 1 });
    const node = await cluster.primaryOfKey(`test:{${partition}}:set`);
    expect(reply.replid).toBe((await node.info('replication')).get('master_replid'));
  }
  expect(await opened.redis.inspect([])).toHaveLength(3);
});

test('M1: where the links of a primary are frozen no replica is counted; others go on', async () => {
  const shard = await cluster.shardOfKey('{d}');
  await cluster.freezeReplicationLinks(shard);
  const reply = await explained(opened.redis.runDurably(add('frozen')));
  expect(reply.replicas).toBe(0);
  await cluster.heal();
  await cluster.waitHealthy();
});

/** Moves a slot as `redis-cli --cluster reshard` does, one step of it at a time. */
async function mover(partition: string, from: Node, to: Node) {
  const slot = slotOf(partition);
  const ids = {
    from: String(await from.cli('CLUSTER', 'MYID')),
    to: String(await to.cli('CLUSTER', 'MYID')),
  };
  return {
    async begin() {
      await to.cli('CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids.from);
      await from.cli('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids.to);
    },
    async moveKeys() {
      const names = await from.cli('CLUSTER', 'GETKEYSINSLOT', slot, 100);
      for (const name of names as string[]) {
        await from.cli('MIGRATE', to.address, to.port, name, 0, 1000);
      }
    },
    async end() {
      for (const node of [to, from]) await node.cli('CLUSTER', 'SETSLOT', slot, 'NODE', ids.to);
    },
  };
}

async function twoPrimaries(partition: string): Promise<readonly [from: Node, to: Node]> {
  const from = await cluster.primaryOfKey(`{${partition}}`);
  const all = await Promise.all([0, 1, 2].map((shard) => cluster.primary(shard)));
  const to = all.find((node) => node !== from);
  if (to === undefined) throw new Error('no other primary');
  return [from, to];
}

async function moveBack(partition: string, from: Node, to: Node): Promise<void> {
  const move = await mover(partition, to, from);
  await move.begin();
  await move.moveKeys();
  await move.end();
  await cluster.waitHealthy();
}

test('ASK and MOVED: a slot that moves is followed within the call, script and WAIT together', async () => {
  const [from, to] = await twoPrimaries('j4');
  const move = await mover('j4', from, to);
  await explained(opened.redis.run(add('before', 'j4')));
  await move.begin();
  await move.moveKeys();
  const asked = await explained(opened.redis.runDurably(echo('asked', 'j4')));
  expect(asked).toMatchObject({ replicas: 1 });
  expect(asked.replid).toBe((await to.info('replication')).get('master_replid'));
  expect(await ended(opened.redis.run(echo('asked', 'j4')))).toMatchObject({ said: 'asked' });
  // It has two keys, one of which is nowhere: nobody answers that until the slot has moved.
  const between = ended(opened.redis.run(add('between', 'j4')));
  await sleep(100);
  await move.end();
  expect(await between).toMatchObject({ said: 3 });
  const moved = await explained(opened.redis.runDurably(add('moved', 'j4')));
  expect(moved).toMatchObject({ replicas: 1, replid: asked.replid });
  expect(await ended(opened.redis.run(echo('moved', 'j4')))).toMatchObject({ said: 'moved' });
  await moveBack('j4', from, to);
});

test('slots that move under load: no call fails', async () => {
  const [from, to] = await twoPrimaries('j9');
  const move = await mover('j9', from, to);
  const load = new AbortController();
  const failures: unknown[] = [];
  const loading = (async () => {
    while (!load.signal.aborted) {
      const all = await Promise.all([
        ended(opened.redis.run(echo('x', 'j9'))),
        ended(opened.redis.runDurably(echo('x', 'j9'))),
      ]);
      failures.push(...all.filter(({ said }) => said !== 'x').map(({ detail }) => detail));
      await sleep(1);
    }
  })();
  await move.begin();
  await sleep(100);
  await move.moveKeys();
  await sleep(100);
  await move.end();
  await sleep(200);
  load.abort();
  await loading;
  expect(failures).toEqual([]);
  await moveBack('j9', from, to);
});

test('a primary dies: its partitions are refused in time and come back, the others never fail', async () => {
  const { redis } = opened;
  const shard = await cluster.shardOfKey('{d}');
  const mine = new Map<string, boolean>();
  for (const partition of PARTITIONS) {
    mine.set(partition, (await cluster.shardOfKey(`{${partition}}`)) === shard);
  }
  const other = PARTITIONS.find((partition) => mine.get(partition) === false) ?? '';
  const victim = await cluster.killPrimary(shard);
  const begun = performance.now();
  while (performance.now() - begun < 500) {
    const [dead, alive] = await Promise.all([
      ended(redis.run(echo('x', 'd'))),
      ended(redis.run(echo('x', other))),
    ]);
    expect(dead).toMatchObject({ said: 'store_unavailable' });
    expect(dead?.ms).toBeLessThan(AT_MOST);
    // What a busy machine made late is asked for once more, and then it must be there.
    const again = alive?.said === 'x' ? alive : await ended(redis.run(echo('x', other)));
    expect(again).toMatchObject({ said: 'x', detail: undefined });
    await sleep(10);
  }
  await cluster.promoted(shard, victim);
  // The new primary has no replica yet, and so refuses.
  expect((await ended(redis.run(echo('x', 'd')))).said).toBe('store_unavailable');
  await cluster.restart(victim);
  await cluster.waitHealthy();
  await until('all partitions', () => allSay('run', 'y'), 2000);
  await until('durably', () => allSay('runDurably', 'y'), 5000);
  await until('the subscription', () => told.at(-1) === true, 2000);
  heard.length = 0;
  await explained(
    redis.run({ script: 'changed', partition: 'd', keys: [], args: ['test:changed', 'new'] }),
  );
  await until('the message', () => heard.length > 0, 1000);
}, 60_000);

test('one node that is known is enough to find all', async () => {
  const [node] = cluster.nodes;
  const fresh = await openRedis(`redis+cluster://${node?.address}:${node?.port}`);
  expect(await fresh.redis.inspect([])).toHaveLength(3);
  await fresh.redis.close();
});
