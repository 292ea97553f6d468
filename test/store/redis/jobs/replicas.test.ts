/** One primary, one replica that can be frozen: what is not on the replica is not acknowledged. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../../support/redis/child.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { openInstance, someJob, startJob, type Instance } from './support.ts';

let primary: SingleRedis;
let replica: SingleRedis;
let one: Instance;

beforeAll(async () => {
  primary = await startRedis({ config: { 'repl-diskless-sync-delay': 0 } });
  replica = await startRedis({ config: { replicaof: `127.0.0.1 ${primary.port}` } });
  await until(
    'linked',
    async () => (await replica.info('replication')).get('master_link_status') === 'up',
  );
  one = await openInstance(primary, { replicas: 1 });
  await writable();
}, 30_000);
afterEach(async () => {
  replica.resume();
  await writable();
});
afterAll(async () => {
  await one.close();
  await primary.stop();
  await replica.stop();
});

const onReplica = async (tokenHash: string): Promise<string> =>
  String(await replica.cli('GET', one.keys.job(tokenHash))).split(' ')[0] ?? '';
/** A replica that has just come counts from its first report on. */
const writable = (): Promise<void> =>
  until('the replica follows', async () => (await one.jobs.reserveId()) > 0);
const settled = (): Promise<void> =>
  until('the journal is settled', () => one.journal.size().pending === 0);

test('M1: an end that no replica has is not acknowledged; it is once the replica has it', async () => {
  const job = await startJob(one);
  expect(await onReplica(job.tokenHash)).toBe('running');
  replica.pause();
  const begun = performance.now();
  await expect(one.jobs.setStatus(7, job.id, 'success', Date.now())).rejects.toMatchObject({
    code: 'store_unavailable',
    retryAfter: 1,
  });
  expect(performance.now() - begun).toBeLessThan(500);
  expect((await one.jobs.admit(job.tokenHash))?.job.status).toBe('success');
  // M2: asked again it is stored already on the primary, and still not acknowledged.
  await expect(one.jobs.setStatus(7, job.id, 'success', Date.now())).rejects.toMatchObject({
    code: 'store_unavailable',
  });
  expect(one.journal.size().pending).toBe(1);
  replica.resume();
  await settled();
  expect(await onReplica(job.tokenHash)).toBe('success');
  const again = await one.jobs.setStatus(7, job.id, 'success', Date.now());
  expect(again).toMatchObject({ changed: false, job: { status: 'success' } });
}, 30_000);

test('a start that no replica has fails, and the job does not stay alive', async () => {
  const job = await someJob(one);
  replica.pause();
  await expect(one.jobs.start(job)).rejects.toMatchObject({ code: 'store_unavailable' });
  replica.resume();
  await writable();
  expect((await one.jobs.admit(job.tokenHash))?.job.status ?? 'none').not.toBe('running');
  await settled();
}, 30_000);

test('other changes that no replica has are not acknowledged either', async () => {
  const job = await startJob(one, { leaseSeconds: 60, leaseUntil: Date.now() + 60_000 });
  replica.pause();
  const unavailable = { code: 'store_unavailable' };
  await expect(one.jobs.setStatus(7, job.id, 'canceling', Date.now())).rejects.toMatchObject(
    unavailable,
  );
  await expect(one.jobs.heartbeat(7, job.id, Date.now())).rejects.toMatchObject(unavailable);
  expect(one.journal.denialOfJob(job)).toBeNull();
}, 30_000);
