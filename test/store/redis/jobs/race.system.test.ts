import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AppError } from '../../../../src/errors.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { newPrefix, openInstance, startJob, type Instance } from './support.ts';

const ROUNDS = 500;
const WIDE = 64;
/** What a machine that is too busy makes of a call; it admits nobody. */
const LATE = 'store_unavailable';
function unlessLate(error: unknown): null {
  if (error instanceof AppError && error.code === LATE) return null;
  throw error;
}

let server: SingleRedis;
let instances: readonly Instance[];

beforeAll(async () => {
  server = await startRedis({ config: { appendfsync: 'no' } });
  const prefix = newPrefix();
  instances = await Promise.all([1, 2].map(() => openInstance(server, { prefix })));
});
afterAll(async () => {
  await Promise.all(instances.map((one) => one.close()));
  await server.stop();
});

test('T27: of 64 admissions around each end none that begins after its acknowledgement succeeds', async () => {
  const [one, two] = instances;
  if (one === undefined || two === undefined) throw new Error('no instances');
  let [live, dead] = [0, 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    const job = await startJob(one).catch(unlessLate);
    if (job === null) continue;
    let acknowledged = false;
    const end = async (): Promise<void> => {
      for (let turn = 0; turn < round % 5; turn += 1) await new Promise(setImmediate);
      const ended = await one.jobs.setStatus(7, job.id, 'success', Date.now()).catch(unlessLate);
      acknowledged = ended !== null;
    };
    const late: number[] = [];
    const admit = async (index: number): Promise<void> => {
      for (let turn = 0; turn < index; turn += 1) await new Promise(setImmediate);
      const after = acknowledged;
      const instance = index % 2 === 0 ? one : two;
      const admission = await instance.jobs.admit(job.tokenHash).catch(unlessLate);
      const status = admission?.job.status;
      if (status === 'running') live += 1;
      else dead += 1;
      if (after && status !== undefined && status !== 'success') late.push(index);
    };
    await Promise.all([end(), ...Array.from({ length: WIDE }, (_, index) => admit(index))]);
    expect(late).toEqual([]);
  }
  // The race was one: both sides won often.
  expect(Math.min(live, dead)).toBeGreaterThan(ROUNDS);
}, 240_000);
