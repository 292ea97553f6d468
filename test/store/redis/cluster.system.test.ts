import { afterAll, beforeAll, jest } from '@jest/globals';
import { describeWith } from '../../support/programs.ts';
import { startCluster, type ClusterRedis } from '../../support/redis/cluster.ts';
import { storeContract } from '../contract.ts';
import { openForContract } from './support.ts';

// Answers that take over 250 ms are refused, and a machine that runs other suites beside may take that long.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

describeWith(['redis-server'], 'a Cluster of three primaries and three replicas', () => {
  let redis: ClusterRedis;
  beforeAll(async () => {
    redis = await startCluster();
  }, 60_000);
  afterAll(() => redis.stop());
  storeContract('redis', () => openForContract(redis.url));
});
