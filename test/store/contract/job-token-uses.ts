import { expect, test } from '@jest/globals';
import type { JobTokenUse } from '../../../src/store/ports.ts';
import type { Subject } from '../contract.ts';
import { ALL, apply, NOW, seed, type World } from '../fixtures.ts';

export function jobTokenUseContract(subject: Subject): void {
  const use = ({ app, other, jane }: World, fields: Partial<JobTokenUse> = {}): JobTokenUse => ({
    targetProjectId: app,
    sourceProjectId: other,
    refusedBy: null,
    userId: jane,
    jobId: 5,
    ip: '2001:db8::1',
    ...fields,
  });

  test('JOB-22: one line for each project that came, and another for its refusals', async () => {
    const world = await seed(subject.store);
    const { note } = subject.store.jobTokenUses;
    note(use(world), NOW);
    note(use(world, { jobId: 6, ip: null }), NOW + 2);
    note(use(world, { jobId: 7 }), NOW + 1);
    note(use(world, { refusedBy: 'allowlist', userId: null, jobId: null }), NOW + 9);
    const store = await subject.reopen();
    expect(await store.jobTokenUses.list(world.app, ALL)).toEqual({
      items: [
        {
          targetProjectId: world.app,
          sourceProjectId: world.other,
          denied: true,
          refusedBy: 'allowlist',
          count: 1,
          firstAt: NOW + 9,
          lastAt: NOW + 9,
          lastUserId: null,
          lastJobId: null,
          lastIp: '2001:db8::1',
        },
        {
          targetProjectId: world.app,
          sourceProjectId: world.other,
          denied: false,
          refusedBy: null,
          count: 3,
          firstAt: NOW,
          lastAt: NOW + 2,
          lastUserId: world.jane,
          lastJobId: 6,
          lastIp: null,
        },
      ],
      total: 2,
    });
    expect(await store.jobTokenUses.list(world.other, ALL)).toEqual({ items: [], total: 0 });
    const second = await store.jobTokenUses.list(world.app, { offset: 1, limit: 5 });
    expect(second).toMatchObject({ items: [{ denied: false }], total: 2 });
  });

  test('what comes later is added to what is there; what is older changes no last one', async () => {
    const world = await seed(subject.store);
    subject.store.jobTokenUses.note(use(world, { refusedBy: 'membership' }), NOW + 5);
    let store = await subject.reopen();
    store.jobTokenUses.note(use(world, { refusedBy: 'allowlist', jobId: 1 }), NOW);
    store = await subject.reopen();
    expect((await store.jobTokenUses.list(world.app, ALL)).items).toMatchObject([
      { count: 2, firstAt: NOW, lastAt: NOW + 5, refusedBy: 'membership', lastJobId: 5 },
    ]);
    store.jobTokenUses.note(use(world, { refusedBy: 'allowlist', jobId: 9 }), NOW + 6);
    store = await subject.reopen();
    expect((await store.jobTokenUses.list(world.app, ALL)).items).toMatchObject([
      { count: 3, firstAt: NOW, lastAt: NOW + 6, refusedBy: 'allowlist', lastJobId: 9 },
    ]);
  });

  test('a project that is gone takes its lines along, and those of others stay', async () => {
    const world = await seed(subject.store);
    const { note } = subject.store.jobTokenUses;
    note(use(world), NOW);
    note(use(world, { sourceProjectId: world.app }), NOW);
    note(use(world, { sourceProjectId: 999 }), NOW);
    let store = await subject.reopen();
    expect((await store.jobTokenUses.list(world.app, ALL)).total).toBe(2);
    await apply(store, { kind: 'project.delete', project: world.other });
    store.jobTokenUses.note(use(world), NOW);
    store.jobTokenUses.note(use(world, { sourceProjectId: world.app }), NOW);
    store = await subject.reopen();
    expect((await store.jobTokenUses.list(world.app, ALL)).items).toMatchObject([
      { sourceProjectId: world.app, count: 2 },
    ]);
  });
}
