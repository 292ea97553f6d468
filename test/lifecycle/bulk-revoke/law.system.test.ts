import { afterAll, beforeAll, jest, test } from '@jest/globals';
import type { StoreUnderTest } from '../../store/contract.ts';
import { openForContract } from '../../store/redis/support.ts';
import { describeWith } from '../../support/programs.ts';
import { startRedis, type SingleRedis } from '../../support/redis/single.ts';
import { openWorld, type World } from '../../support/world.ts';
import { checkLaw } from './law.ts';
import { openScene } from './scene.ts';

// Answers that take over 250 ms are refused, and a machine that runs other suites beside may take that long.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

describeWith(['redis-server'], 'one Redis server', () => {
  let redis: SingleRedis;
  let world: World;
  let opened: StoreUnderTest;
  beforeAll(async () => {
    [redis, world] = await Promise.all([startRedis(), openWorld()]);
    opened = await openForContract(redis.url);
  });
  afterAll(async () => {
    await opened.remove();
    await world.close();
    await redis.stop();
  });

  test('what meets the criteria is gone, and nothing else, also after faults: in Redis', async () => {
    await checkLaw(await openScene(opened.store), world, 25);
  }, 120_000);
});
