/** Opens embedded stores in folders of their own, and takes everything away after each test. */
import { afterEach } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../../src/log.ts';
import { openEmbeddedStore, type EmbeddedStore } from '../../../src/store/embedded/open.ts';
import { NOW } from '../fixtures.ts';

export const silent = createLog({ level: 'silent' }, process.stderr);

export interface Workplace {
  /** A new empty folder, mode 0700. */
  folder(): string;
  open(dataDir: string): Promise<EmbeddedStore>;
}

export function useWorkplace(): Workplace {
  const folders: string[] = [];
  const stores: EmbeddedStore[] = [];
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    for (const path of folders.splice(0)) rmSync(path, { recursive: true });
  });
  return {
    folder: () => {
      const path = mkdtempSync(join(tmpdir(), 'wharfpass-store-'));
      folders.push(path);
      return path;
    },
    open: async (dataDir) => {
      const store = await openEmbeddedStore({ dataDir, clock: { now: () => NOW }, log: silent });
      stores.push(store);
      return store;
    },
  };
}
