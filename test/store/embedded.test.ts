import { afterAll, beforeAll } from '@jest/globals';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../src/log.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { storeContract } from './contract.ts';
import { NOW } from './fixtures.ts';

const log = createLog({ level: 'silent' }, process.stderr);
const newFolder = () => mkdtempSync(join(tmpdir(), 'wharfpass-store-'));
const openIn = (dataDir: string) => openEmbeddedStore({ dataDir, clock: { now: () => NOW }, log });

/** An empty store: copying it takes less time than making one for each case. */
const pristine = newFolder();

beforeAll(async () => (await openIn(pristine)).close());
afterAll(() => rmSync(pristine, { recursive: true }));

storeContract('embedded', async () => {
  const dataDir = newFolder();
  copyFileSync(join(pristine, 'wharfpass.db'), join(dataDir, 'wharfpass.db'));
  let store = await openIn(dataDir);
  return {
    get store() {
      return store;
    },
    reopen: async () => {
      await store.close();
      store = await openIn(dataDir);
      return store;
    },
    remove: async () => {
      await store.close();
      rmSync(dataDir, { recursive: true });
    },
  };
});
