import { afterAll, beforeAll } from '@jest/globals';
import { describeWith } from '../../support/programs.ts';
import { startCluster, type ClusterRedis } from '../../support/redis/cluster.ts';
import { storeContract } from '../contract.ts';
import { openForContract } from './support.ts';

describeWith(['redis-server'], 'a Cluster of three primaries and three replicas', () => {
  let redis: ClusterRedis;
  beforeAll(async () => {
    redis = await startCluster();
  }, 60_000);
  afterAll(() => redis.stop());
  storeContract('redis', () => openForContract(redis.url));
});
