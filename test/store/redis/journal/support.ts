import { afterEach } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../../../src/log.ts';
import { openJournal, type Journal } from '../../../../src/store/redis/journal/journal.ts';
import { randomId } from '../../../../src/store/redis/journal/random-id.ts';
import { hashOf } from '../jobs/support.ts';
import type { JobEnd } from '../../../../src/store/redis/journal/entries.ts';
import type { JobRecord } from '../../../../src/store/records.ts';

export const NOW = 1_700_000_000_000;
export const HOUR = 3_600_000;
export const silent = createLog({ level: 'silent' }, process.stderr);

export interface Folders {
  folder(): string;
  open(dataDir: string, clock?: { now(): number }): Promise<Journal>;
}

export function useFolders(): Folders {
  const folders: string[] = [];
  const journals: Journal[] = [];
  afterEach(async () => {
    await Promise.all(journals.splice(0).map((journal) => journal.close()));
    for (const path of folders.splice(0)) rmSync(path, { recursive: true });
  });
  return {
    folder: () => {
      const path = mkdtempSync(join(tmpdir(), 'wharfpass-journal-'));
      folders.push(path);
      return path;
    },
    open: async (dataDir, clock = { now: () => NOW }) => {
      const options = { dataDir, clock, log: silent, newId: randomId, maxJobLife: HOUR };
      const journal = await openJournal(options);
      journals.push(journal);
      return journal;
    },
  };
}

export const endOf = (jobId: number, fields: Partial<JobEnd> = {}): JobEnd => ({
  projectId: 7,
  jobId,
  tokenHash: hashOf(`${jobId}`),
  status: 'success',
  at: NOW,
  ...fields,
});

/** A job that runs since an hour ago. */
export const jobOf = (id: number, fields: Partial<JobRecord> = {}): JobRecord => ({
  id,
  projectId: 7,
  userId: null,
  status: 'running',
  gen: 1,
  name: 'build',
  stage: 'test',
  ref: null,
  refProtected: false,
  environment: null,
  pipelineId: null,
  permissions: null,
  runner: null,
  tokenFormat: 'jwt',
  extended: false,
  tokenHash: hashOf(`${id}`),
  createdAt: NOW - HOUR,
  startedAt: NOW - HOUR,
  finishedAt: null,
  deadline: NOW + HOUR,
  leaseUntil: NOW + HOUR,
  leaseSeconds: null,
  startedBy: null,
  erasedAt: null,
  ...fields,
});
