import { afterAll, afterEach, beforeAll, beforeEach, describe } from '@jest/globals';
import { rmSync } from 'node:fs';
import { createKeys } from '../../../../src/store/redis/keys.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import type { Subject } from '../../contract.ts';
import { allowlistContract } from '../../contract/allowlist.ts';
import { applyContract } from '../../contract/apply.ts';
import { deployTokenContract } from '../../contract/deploy-tokens.ts';
import { directoryContract } from '../../contract/directory.ts';
import { factsContract } from '../../contract/facts.ts';
import { memberContract } from '../../contract/members.ts';
import { personalAccessTokenContract } from '../../contract/personal-access-tokens.ts';
import { snapshotContract } from '../../contract/snapshot.ts';
import { newFolder, newPrefix, openHistory, openInstance, type Instance } from './support.ts';

/** Everything of the store but its jobs. */
describe('the replica keeps the contract', () => {
  let server: SingleRedis;
  let instance: Instance;
  let dataDir: string;
  let prefix: string;
  const open = async (): Promise<Instance> => openInstance({ url: server.url, prefix, dataDir });

  beforeAll(async () => {
    server = await startRedis({ config: { appendonly: 'no' } });
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    dataDir = newFolder();
    prefix = newPrefix();
    await openHistory(server, createKeys(prefix));
    instance = await open();
  });
  afterEach(async () => {
    await instance.close();
    rmSync(dataDir, { recursive: true });
  });
  const subject: Subject = {
    get store() {
      return instance.store;
    },
    reopen: async () => {
      await instance.close();
      instance = await open();
      return instance.store;
    },
  };
  describe('directory', () => directoryContract(subject));
  describe('apply', () => applyContract(subject));
  describe('members', () => memberContract(subject));
  describe('allowlist and protection', () => allowlistContract(subject));
  describe('facts', () => factsContract(subject));
  describe('file-managed snapshot', () => snapshotContract(subject));
  describe('deploy tokens', () => deployTokenContract(subject));
  describe('personal access tokens', () => personalAccessTokenContract(subject));
});
