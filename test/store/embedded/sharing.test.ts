import { describe, expect, test } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { join } from 'node:path';
import { connect } from '../../../src/store/embedded/connection.ts';
import { createFacts } from '../../../src/store/embedded/facts.ts';
import { createVersion } from '../../../src/store/embedded/version.ts';
import type { Store } from '../../../src/store/ports.ts';
import {
  accessToken,
  ALL,
  apply,
  deployToken,
  join as joinAs,
  makeUser,
  newJob,
  NOW,
  projectSource,
  seed,
} from '../fixtures.ts';
import { useWorkplace } from './support.ts';

const { folder, open } = useWorkplace();

const pair = async (): Promise<[Store, Store]> => {
  const dataDir = folder();
  return [await open(dataDir), await open(dataDir)];
};

describe('two stores on one file', () => {
  test('a change through one counts at once in the facts of the other', async () => {
    const [one, two] = await pair();
    const { jane } = await seed(one);
    const query = { repositories: ['acme/other'], userId: jane, homeProjectId: null, now: NOW };
    const level = async () => (await two.directory.facts(query)).get('acme/other')?.accessLevel;
    for (const expected of [20, 40, 10, 50] as const) {
      await apply(one, joinAs('group', 'acme', jane, expected));
      expect(await level()).toBe(expected);
    }
    await apply(one, { kind: 'project.delete', project: 'acme/other' });
    expect((await two.directory.facts(query)).size).toBe(0);
  });

  test('an end through one is an end for the other', async () => {
    const [one, two] = await pair();
    const world = await seed(one);
    const job = await newJob(one, world);
    await one.jobs.start(job);
    expect((await two.jobs.admit(job.tokenHash))?.job.status).toBe('running');
    await one.jobs.setStatus(job.projectId, job.id, 'success', NOW);
    expect((await two.jobs.admit(job.tokenHash))?.job.status).toBe('success');
    const holder = projectSource(world.app);
    const token = await two.deployTokens.create(deployToken(holder), NOW);
    await one.deployTokens.revoke(holder, token.id, NOW + 1);
    expect((await two.deployTokens.admit('deploy-hash'))?.token.revokedAt).toBe(NOW + 1);
  });

  test('both write at once, and nothing is lost', async () => {
    const [one, two] = await pair();
    const write = async (store: Store, name: string): Promise<void> => {
      for (let round = 0; round < 40; round += 1) {
        await Promise.all(
          [0, 1, 2].map((index) => apply(store, makeUser(`${name}-${round}-${index}`))),
        );
      }
    };
    await Promise.all([write(one, 'one'), write(two, 'two')]);
    expect((await one.directory.users(ALL)).total).toBe(240);
    expect(await two.directory.users(ALL)).toEqual(await one.directory.users(ALL));
  });

  test('of two finishes through two stores exactly one changes the job', async () => {
    const [one, two] = await pair();
    const world = await seed(one);
    for (let round = 0; round < 20; round += 1) {
      const job = await newJob(one, world);
      await one.jobs.start(job);
      const results = await Promise.all([
        one.jobs.setStatus(job.projectId, job.id, 'success', NOW),
        two.jobs.setStatus(job.projectId, job.id, 'failed', NOW),
      ]);
      expect(results.filter((result) => result.changed)).toHaveLength(1);
      expect(results[0].job).toEqual(results[1].job);
    }
  });

  test('job ids never meet', async () => {
    const [one, two] = await pair();
    const take = (store: Store) =>
      Promise.all(Array.from({ length: 100 }, () => store.jobs.reserveId()));
    const ids = (await Promise.all([take(one), take(two)])).flat();
    expect(new Set(ids).size).toBe(200);
  });

  test('callers that wait together share a block of ids', async () => {
    const store = await open(folder());
    const ids = await Promise.all(Array.from({ length: 64 }, () => store.jobs.reserveId()));
    expect(ids).toEqual(Array.from({ length: 64 }, (_, index) => index + 1));
  });

  test('a change that comes between two looks at the directory is in the whole answer', async () => {
    const dataDir = folder();
    const other = await open(dataDir);
    const { jane } = await seed(other);
    const real = await connect(join(dataDir, 'wharfpass.db'));
    const writer = new DatabaseSync(join(dataDir, 'wharfpass.db'));
    writer.exec('PRAGMA foreign_keys = ON');
    let interfere = (): void => {};
    const interrupted = {
      ...real,
      snapshot: <T>(query: () => T) => {
        interfere();
        return real.snapshot(query);
      },
    };
    const facts = createFacts(interrupted, createVersion(real));
    const ask = (...repositories: string[]) =>
      facts({ repositories, userId: jane, homeProjectId: null, now: NOW });
    expect(ask('acme/other').size).toBe(1);
    interfere = () => {
      writer.exec(`DELETE FROM projects WHERE full_path = 'acme/other'`);
      writer.exec(`UPDATE counters SET value = value + 1 WHERE name = 'version'`);
    };
    expect([...ask('acme/other', 'acme/team/app').keys()]).toEqual(['acme/team/app']);
    writer.close();
    real.close();
  });

  test('what another process ends is over at the next look, however often it was seen before', async () => {
    const [one, two] = await pair();
    const { jane, app } = await seed(one);
    const holder = projectSource(app);
    const deploy = await one.deployTokens.create(deployToken(holder, { hash: 'd' }), NOW);
    const personal = await one.personalAccessTokens.create(accessToken(jane, { hash: 'p' }), NOW);
    const look = async () => ({
      deploy: (await two.deployTokens.admit('d'))?.token.revokedAt,
      personal: (await two.personalAccessTokens.admit('p'))?.token.revokedAt,
      user: (await two.personalAccessTokens.admit('p'))?.user?.state,
    });
    for (let i = 0; i < 3; i++) {
      expect(await look()).toEqual({ deploy: null, personal: null, user: 'active' });
    }
    await one.deployTokens.revoke(holder, deploy.id, NOW + 1);
    expect(await look()).toEqual({ deploy: NOW + 1, personal: null, user: 'active' });
    await one.personalAccessTokens.revoke(personal.id, NOW + 2);
    expect(await look()).toEqual({ deploy: NOW + 1, personal: NOW + 2, user: 'active' });
    await apply(one, { kind: 'user.update', user: jane, fields: { state: 'blocked' } });
    expect((await look()).user).toBe('blocked');
    await apply(one, { kind: 'user.delete', user: jane }, { kind: 'project.delete', project: app });
    expect(await look()).toEqual({ deploy: undefined, personal: undefined, user: undefined });
  });

  test('one goes on when the other closes', async () => {
    const [one, two] = await pair();
    await seed(one);
    await one.close();
    await apply(two, makeUser('kim'));
    expect((await two.directory.users(ALL)).total).toBe(3);
  });
});
