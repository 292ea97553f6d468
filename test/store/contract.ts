/** What every store must do, whatever it keeps its data in. */
import { afterEach, beforeEach, describe } from '@jest/globals';
import type { Store } from '../../src/store/ports.ts';
import { allowlistContract } from './contract/allowlist.ts';
import { applyContract } from './contract/apply.ts';
import { automaticDeployTokenContract } from './contract/automatic-deploy-tokens.ts';
import { bulkContract } from './contract/bulk.ts';
import { cascadeContract } from './contract/cascades.ts';
import { convertedTokenContract } from './contract/converted-tokens.ts';
import { deployTokenRotationContract } from './contract/deploy-token-rotation.ts';
import { deployTokenContract } from './contract/deploy-tokens.ts';
import { directoryContract } from './contract/directory.ts';
import { factsContract } from './contract/facts.ts';
import { hostileContract } from './contract/hostile.ts';
import { jobTokenUseContract } from './contract/job-token-uses.ts';
import { jobContract } from './contract/jobs.ts';
import { listContract } from './contract/lists.ts';
import { memberContract } from './contract/members.ts';
import { parallelContract } from './contract/parallel.ts';
import { personalAccessTokenContract } from './contract/personal-access-tokens.ts';
import { refreshTokenLimitContract } from './contract/refresh-token-limit.ts';
import { refreshTokenContract } from './contract/refresh-tokens.ts';
import { snapshotContract } from './contract/snapshot.ts';
import { tokenFamilyContract } from './contract/token-families.ts';
import { walkContract } from './contract/walks.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** Closes the store and opens it again on the same data. */
  reopen(): Promise<Store>;
  /** Closes it and removes its data. */
  remove(): Promise<void>;
}

/** Gives each case a store of its own. */
export interface Subject {
  readonly store: Store;
  reopen(): Promise<Store>;
}

export function storeContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`the ${name} store keeps the contract`, () => {
    let opened: StoreUnderTest;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.remove());
    const subject: Subject = {
      get store() {
        return opened.store;
      },
      reopen: () => opened.reopen(),
    };
    describe('directory', () => directoryContract(subject));
    describe('apply', () => applyContract(subject));
    describe('cascades', () => cascadeContract(subject));
    describe('lists', () => listContract(subject));
    describe('members', () => memberContract(subject));
    describe('allowlist and protection', () => allowlistContract(subject));
    describe('facts', () => factsContract(subject));
    describe('file-managed snapshot', () => snapshotContract(subject));
    describe('bulk', () => bulkContract(subject));
    describe('jobs', () => jobContract(subject));
    describe('deploy tokens', () => deployTokenContract(subject));
    describe('automatic deploy tokens', () => automaticDeployTokenContract(subject));
    describe('rotation of deploy tokens', () => deployTokenRotationContract(subject));
    describe('personal access tokens', () => personalAccessTokenContract(subject));
    describe('families of access tokens', () => tokenFamilyContract(subject));
    describe('converted tokens', () => convertedTokenContract(subject));
    describe('refresh tokens', () => refreshTokenContract(subject));
    describe('the limit of refresh tokens', () => refreshTokenLimitContract(subject));
    describe('uses of job tokens', () => jobTokenUseContract(subject));
    describe('walks', () => walkContract(subject));
    describe('parallel callers', () => parallelContract(subject));
    describe('hostile text', () => hostileContract(subject));
  });
}
