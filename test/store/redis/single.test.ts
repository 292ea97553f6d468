import { afterAll, beforeAll, jest } from '@jest/globals';
import { describeWith } from '../../support/programs.ts';
import { startRedis, type SingleRedis } from '../../support/redis/single.ts';
import { storeContract } from '../contract.ts';
import { openForContract } from './support.ts';

// Answers that take over 250 ms are refused, and a machine that runs other suites beside may take that long.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

describeWith(['redis-server'], 'one Redis server', () => {
  let redis: SingleRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  storeContract('redis', () => openForContract(redis.url));
});
