/** What a bulk revocation does where it cannot tell, cannot store, or has no time left. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { storeUnavailable } from '../../../src/errors.ts';
import { changeJobStatus } from '../../../src/lifecycle/finish-job.ts';
import type { Criteria } from '../../../src/lifecycle/bulk-criteria.ts';
import { planOf } from '../../../src/lifecycle/bulk-criteria.ts';
import { readCursor, writeCursor } from '../../../src/lifecycle/bulk-cursor.ts';
import { bulkRevoke, type BulkRequest } from '../../../src/lifecycle/bulk-revoke.ts';
import type { Store } from '../../../src/store/ports.ts';
import type { ProjectRecord, UserRecord } from '../../../src/store/records.ts';
import { openWorld, type World } from '../../support/world.ts';

let world: World;
let user: UserRecord;
let project: ProjectRecord;
beforeAll(async () => {
  world = await openWorld();
  user = await world.user('jane');
  project = await world.project('jane/app', { jobTokenAfterJob: 'read' });
});
afterAll(() => world.close());

const audit = (): void => undefined;
const self = { tokenId: 0, include: false };

function revoke(criteria: Criteria, store: Store = world.store, more: Partial<BulkRequest> = {}) {
  const { kinds } = planOf(criteria, undefined);
  const request = { criteria, kinds, dryRun: false, self, shown: 'report', from: null } as const;
  const deps = { ...world, store, audit, why: {} };
  return bulkRevoke(deps, { ...request, ...more }, { most: 500, ms: 60_000 });
}
const runner = (id: number) => ({ runner: { id, executor: null } });

test('a password whose job nobody remembers goes: in doubt the answer is no', async () => {
  const { job } = await world.job(project, user, runner(1));
  await changeJobStatus(
    { ...world, audit },
    { projectId: project.id, jobId: job.id, status: 'success' },
  );
  const forgetful = { ...world.store, jobs: { ...world.store.jobs, find: async () => null } };
  const now = world.clock.now();
  expect((await revoke({ runnerId: 9 })).ended).toEqual([]);
  expect((await revoke({ runnerId: 9, after: now + 1 }, forgetful)).ended).toEqual([]);
  const { ended } = await revoke({ runnerId: 9, after: now - 1 }, forgetful);
  expect(ended).toMatchObject([{ kind: 'converted_tokens' }]);
});

test('an ended job whose password was not recorded in time cannot have it recorded later', async () => {
  const { job } = await world.job(project, user, runner(2));
  const { projectId, id, tokenHash } = job;
  // The CI system was told 503, and will ask again.
  await world.store.jobs.setStatus(projectId, id, 'success', world.clock.now());
  expect(await world.store.convertedTokens.admit(tokenHash)).toBeNull();
  expect((await revoke({ runnerId: 2 })).ended).toMatchObject([{ kind: 'converted_tokens' }]);
  await changeJobStatus({ ...world, audit }, { projectId, jobId: id, status: 'success' });
  expect((await world.store.convertedTokens.admit(tokenHash))?.token.revokedAt).not.toBeNull();
});

test('a job that comes to its own end meanwhile is not counted, and no fault', async () => {
  const { job } = await world.job(project, user, runner(3));
  const jobs: Store['jobs'] = {
    ...world.store.jobs,
    walk: async (filter, after) => {
      const piece = await world.store.jobs.walk(filter, after);
      await world.store.jobs.setStatus(project.id, job.id, 'failed', world.clock.now());
      return piece;
    },
  };
  const { ended } = await revoke({ runnerId: 3 }, { ...world.store, jobs });
  expect(ended.map(({ kind }) => kind)).not.toContain('jobs');
  expect((await world.store.jobs.find(project.id, job.id))?.status).toBe('failed');
});

test('nothing is said to be done before the store says that all is stored', async () => {
  const settled = () => Promise.reject(storeUnavailable('noted only'));
  const waiting = revoke({ runnerId: 4 }, { ...world.store, settled });
  await expect(waiting).rejects.toMatchObject({ code: 'store_unavailable' });
});

test('with no time it still does a part each time, and comes to an end', async () => {
  for (let n = 0; n < 120; n += 1) await world.deployToken(project, ['read_registry']);
  let [parts, total] = [0, 0];
  let from: BulkRequest['from'] = null;
  do {
    const criteria: Criteria = { project };
    const { kinds } = planOf(criteria, undefined);
    const deps = { ...world, audit, why: {} };
    const request = { criteria, kinds, dryRun: false, self, shown: 'report', from } as const;
    const part = await bulkRevoke(deps, request, { most: 500, ms: -1 });
    parts += 1;
    total += part.ended.filter(({ kind }) => kind === 'deploy_tokens').length;
    from = part.next;
  } while (from !== null);
  expect(total).toBe(120);
  expect(parts).toBeGreaterThan(3);
});

test('a cursor is read as it was written, and nothing else is one', () => {
  const run = '0f9c4b52-9df5-4c3f-8a3e-0d1f2e3a4b5c';
  const cursor = {
    run,
    position: { kind: 'jobs', after: 17 },
    digest: '0123456789abcdef',
  } as const;
  const text = writeCursor(cursor);
  expect(readCursor(text)).toEqual(cursor);
  for (const other of ['', 'x', `${text}0`, text.replace('.3.', '.5.'), text.replace('17', '-1')]) {
    expect(readCursor(other)).toBeNull();
  }
});
