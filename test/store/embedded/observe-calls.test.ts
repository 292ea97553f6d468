import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/clock.ts';
import { openEmbeddedStore, type EmbeddedStore } from '../../../src/store/embedded/open.ts';
import { logLines } from '../../support/log-lines.ts';
import { temporaryFolder, type Folder } from '../../settings/support.ts';

let folder: Folder;
let store: EmbeddedStore;
const told: [call: string, outcome: string, ms: number][] = [];

beforeAll(async () => {
  folder = temporaryFolder();
  store = await openEmbeddedStore({
    dataDir: `${folder.path}/data`,
    clock: systemClock,
    log: logLines().log,
    onCall: (...call) => told.push(call),
  });
});
beforeEach(() => void told.splice(0));
afterAll(() => folder.remove());

const calls = () => told.map(([call, outcome]) => `${call} ${outcome}`);

test('each verb is told of by its name, with how it ended and how long it took', async () => {
  expect(await store.jobs.admit('none')).toBeNull();
  await store.directory.apply(
    [
      {
        kind: 'group.create',
        fullPath: 'acme',
        fields: { name: 'acme', visibility: 'private' },
        managedBy: 'api',
      },
    ],
    0,
  );
  await expect(store.jobs.heartbeat(1, 1, 0)).rejects.toThrow();
  expect(calls()).toEqual(['jobs.admit ok', 'directory.apply ok', 'jobs.heartbeat refused']);
  for (const [, , ms] of told) {
    expect(ms).toBeGreaterThan(0);
    expect(ms).toBeLessThan(5000);
  }
});

test('nothing that a user wrote is told', async () => {
  await store.directory.userByUsername('canary-name');
  await store.directory.project('canary/path');
  await store.jobs.admit('canary-hash');
  expect(told).toHaveLength(3);
  expect(JSON.stringify(told)).not.toContain('canary');
});

test('what notes a use holds nobody up, and is not timed', () => {
  expect(store.personalAccessTokens.touch(1, 0)).toBeUndefined();
  expect(told).toEqual([]);
});

test('a store that is gone: unavailable, and the fault goes on to the caller', async () => {
  await store.close();
  await expect(store.directory.user(1)).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(calls()).toEqual(['directory.user unavailable']);
});
