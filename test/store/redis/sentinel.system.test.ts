import { afterAll, beforeAll, jest } from '@jest/globals';
import { describeWith } from '../../support/programs.ts';
import { startSentinel, type SentinelRedis } from '../../support/redis/sentinel.ts';
import { storeContract } from '../contract.ts';
import { openForContract } from './support.ts';

// Answers that take over 250 ms are refused, and a machine that runs other suites beside may take that long.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

describeWith(['redis-server'], 'a primary that Sentinels name', () => {
  let redis: SentinelRedis;
  beforeAll(async () => {
    redis = await startSentinel();
  }, 60_000);
  afterAll(() => redis.stop());
  storeContract('redis', () => openForContract(redis.url));
});
