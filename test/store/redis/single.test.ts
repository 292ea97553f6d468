import { afterAll, beforeAll } from '@jest/globals';
import { describeWith } from '../../support/programs.ts';
import { startRedis, type SingleRedis } from '../../support/redis/single.ts';
import { storeContract } from '../contract.ts';
import { openForContract } from './support.ts';

describeWith(['redis-server'], 'one Redis server', () => {
  let redis: SingleRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  storeContract('redis', () => openForContract(redis.url));
});
