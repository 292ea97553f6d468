import { expect, test } from '@jest/globals';
import { FINISHED_STATUSES } from '../../../src/store/records.ts';
import type { Subject } from '../contract.ts';
import {
  hashOf,
  accessToken,
  ALL,
  apply,
  deployToken,
  join,
  makeGroup,
  makeUser,
  newJob,
  NOW,
  projectSource,
  seed,
} from '../fixtures.ts';

const MANY = 64;
const many = <T>(make: (index: number) => T): T[] =>
  Array.from({ length: MANY }, (_, index) => make(index));

export function parallelContract(subject: Subject): void {
  test('of 64 finishes of one job exactly one changes it', async () => {
    const { store } = subject;
    const job = await newJob(store, await seed(store));
    await store.jobs.start(job);
    const statuses = [...FINISHED_STATUSES];
    const results = await Promise.all(
      many((index) =>
        store.jobs.setStatus(job.projectId, job.id, statuses[index % 4] ?? 'failed', NOW + index),
      ),
    );
    const changed = results.filter((result) => result.changed);
    expect(changed).toHaveLength(1);
    for (const { job: seen } of results) expect(seen).toEqual(changed[0]?.job);
  });

  test('finish against admit against heartbeat: after the finish nobody sees it alive', async () => {
    const { store } = subject;
    const world = await seed(store);
    for (let round = 0; round < 8; round += 1) {
      const lease = { leaseSeconds: 60, leaseUntil: NOW + 60_000 };
      const job = await newJob(store, world, lease);
      await store.jobs.start(job);
      let finished = false;
      const finish = async (): Promise<void> => {
        await store.jobs.setStatus(job.projectId, job.id, 'success', NOW + 1);
        finished = true;
      };
      const late: string[] = [];
      const admits = many(async (index) => {
        for (let turn = 0; turn < index % 8; turn += 1) await new Promise(setImmediate);
        const asked = finished;
        const status = (await store.jobs.admit(job.tokenHash))?.job.status;
        if (asked && status !== 'success') late.push(`admit ${index}`);
      });
      const beat = (index: number) =>
        store.jobs.heartbeat(job.projectId, job.id, NOW + index).catch((error: Error) => error);
      const before = many(beat);
      await Promise.all([...before, finish(), ...many(beat), ...admits]);
      expect(late).toEqual([]);
      const after = await Promise.all(many(() => store.jobs.admit(job.tokenHash)));
      for (const admission of after) expect(admission?.job.status).toBe('success');
      expect(await beat(2)).toMatchObject({ code: 'conflict' });
    }
  });

  test('64 starts under one id: one wins', async () => {
    const { store } = subject;
    const job = await newJob(store, await seed(store));
    const results = await Promise.allSettled(
      many((index) => store.jobs.start({ ...job, tokenHash: hashOf(`t${index}`) })),
    );
    const winners = results.flatMap((result, index) =>
      result.status === 'fulfilled' ? [index] : [],
    );
    expect(winners).toHaveLength(1);
    const tokens = await Promise.all(many((index) => store.jobs.admit(hashOf(`t${index}`))));
    expect(tokens.flatMap((token, index) => (token === null ? [] : [index]))).toEqual(winners);
  });

  test('64 reservations at once give 64 ids', async () => {
    const ids = await Promise.all(many(() => subject.store.jobs.reserveId()));
    expect(new Set(ids).size).toBe(MANY);
  });

  test('64 creations of one name: one wins, and its neighbours in the same moment are kept', async () => {
    const { directory } = subject.store;
    const same = many(() => directory.apply([makeUser('jane')], NOW));
    const others = many((index) => directory.apply([makeUser(`user${index}`)], NOW));
    const results = await Promise.allSettled([...same, ...others]);
    const created = results.filter((result) => result.status === 'fulfilled');
    expect(created).toHaveLength(1 + MANY);
    expect((await directory.users(ALL)).total).toBe(1 + MANY);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflict' });
    }
  });

  test('64 revocations of one token agree on the moment', async () => {
    const { store } = subject;
    const { app, jane } = await seed(store);
    const holder = projectSource(app);
    const token = await store.deployTokens.create(deployToken(holder), NOW);
    const pat = await store.personalAccessTokens.create(accessToken(jane), NOW);
    const revoked = await Promise.all(
      many((index) => store.deployTokens.revoke(holder, token.id, NOW + index)),
    );
    const ended = await Promise.all(
      many((index) => store.personalAccessTokens.revoke(pat.id, NOW + index)),
    );
    expect(new Set(revoked.map((record) => record?.revokedAt)).size).toBe(1);
    expect(new Set(ended.map((record) => record?.revokedAt)).size).toBe(1);
  });

  test('facts never mix two states of the directory', async () => {
    const { store } = subject;
    const { jane } = await seed(store);
    await apply(
      store,
      join('project', 'acme/other', jane, 20),
      join('project', 'acme/team/app', jane, 20),
    );
    const levels = [20, 30, 40] as const;
    const writes = many((index) => {
      const level = levels[index % 3] ?? 20;
      return store.directory.apply(
        [join('project', 'acme/other', jane, level), join('project', 'acme/team/app', jane, level)],
        NOW,
      );
    });
    const reads = many(async () => {
      await new Promise(setImmediate);
      const repositories = ['acme/other', 'acme/team/app/x'];
      const facts = await store.directory.facts({
        repositories,
        userId: jane,
        homeProjectId: null,
        now: NOW,
      });
      return [...facts.values()].map((fact) => fact.accessLevel);
    });
    await Promise.all(writes);
    for (const seen of await Promise.all(reads)) expect(new Set(seen).size).toBe(1);
  });

  test('changes of the directory and of jobs do not disturb each other', async () => {
    const { store } = subject;
    const world = await seed(store);
    const work = many(async (index) => {
      const job = await newJob(store, world);
      const [, started] = await Promise.all([
        store.directory.apply([makeGroup(`g${index}`)], NOW),
        store.jobs.start(job),
      ]);
      return started.id;
    });
    expect(new Set(await Promise.all(work)).size).toBe(MANY);
    expect((await store.jobs.list(world.app, ALL)).total).toBe(MANY);
    expect((await store.directory.groups(ALL)).total).toBe(MANY + 2);
  });
}
