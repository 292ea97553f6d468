import { expect, test } from '@jest/globals';
import type { DirectoryChange } from '../../../src/store/directory-change.ts';
import type { Subject } from '../contract.ts';
import {
  ALL,
  apply,
  groupSource,
  HOUR,
  join,
  leave,
  makeGroup,
  makeProject,
  makeUser,
  NOW,
  projectSource,
  seed,
} from '../fixtures.ts';

const DIRECT = { inherited: false, now: NOW };
const INHERITED = { inherited: true, now: NOW };

const adding = (change: DirectoryChange, create: boolean): DirectoryChange =>
  ({ ...change, create }) as DirectoryChange;

export function memberContract(subject: Subject): void {
  const level = (userId: number, projectId: number, now = NOW): Promise<number> =>
    subject.store.directory.accessLevel(userId, projectSource(projectId), now);

  test('keeps every field of a membership', async () => {
    const { jane, app } = await seed(subject.store);
    await apply(subject.store, join('project', app, jane, 30, NOW + HOUR));
    const { items, total } = await subject.store.directory.members(projectSource(app), ALL, DIRECT);
    expect(total).toBe(1);
    expect(items).toEqual([
      {
        source: projectSource(app),
        userId: jane,
        accessLevel: 30,
        expiresAt: NOW + HOUR,
        managedBy: 'api',
        createdAt: NOW,
      },
    ]);
  });

  test('set replaces level and expiry', async () => {
    const { jane, app } = await seed(subject.store);
    await apply(
      subject.store,
      join('project', app, jane, 50),
      join('project', app, jane, 20, NOW + 1),
    );
    const { items } = await subject.store.directory.members(projectSource(app), ALL, DIRECT);
    expect(items).toMatchObject([{ accessLevel: 20, expiresAt: NOW + 1 }]);
  });

  test('set with create refuses a member, and without it one who is none', async () => {
    const { jane, app } = await seed(subject.store);
    const conflict = { code: 'conflict', message: expect.stringContaining('jane') };
    const add = adding(join('project', app, 'jane', 30), true);
    const change = adding(join('project', app, 'jane', 40), false);
    await expect(apply(subject.store, change)).rejects.toMatchObject(conflict);
    expect(await apply(subject.store, add)).toBe(jane);
    await expect(apply(subject.store, add)).rejects.toMatchObject(conflict);
    expect(await apply(subject.store, change)).toBe(jane);
    expect(await level(jane, app)).toBe(40);
  });

  test('one whose membership has expired may be added anew', async () => {
    const { jane, app } = await seed(subject.store);
    await apply(subject.store, join('project', app, jane, 50, NOW - 1));
    await apply(subject.store, adding(join('project', app, jane, 20), true));
    expect(await level(jane, app)).toBe(20);
  });

  test('the highest of direct and inherited levels counts', async () => {
    const { jane, app } = await seed(subject.store);
    await apply(subject.store, join('project', app, jane, 20), join('group', 'acme', jane, 40));
    expect(await level(jane, app)).toBe(40);
    await apply(subject.store, join('project', app, jane, 50));
    expect(await level(jane, app)).toBe(50);
  });

  test('a level comes down from every group above, and never up', async () => {
    const { jane, bob, acme, team, app, other } = await seed(subject.store);
    await apply(subject.store, join('group', acme, jane, 30), join('group', team, bob, 40));
    expect(await level(jane, app)).toBe(30);
    expect(await level(jane, other)).toBe(30);
    expect(await level(bob, app)).toBe(40);
    expect(await level(bob, other)).toBe(0);
    const { directory } = subject.store;
    expect(await directory.accessLevel(jane, groupSource(team), NOW)).toBe(30);
    expect(await directory.accessLevel(bob, groupSource(acme), NOW)).toBe(0);
  });

  test('a level comes down through many groups', async () => {
    const paths = Array.from({ length: 20 }, (_, depth) =>
      Array.from({ length: depth + 1 }, () => 'g').join('/'),
    );
    await apply(subject.store, makeUser('jane'), ...paths.map((path) => makeGroup(path)));
    const app = await apply(subject.store, makeProject(`${paths[19]}/app`));
    await apply(subject.store, join('group', 'g', 'jane', 30));
    expect(await level(1, app)).toBe(30);
  });

  test.each([
    [NOW - 1, 50],
    [NOW, 10],
    [NOW + 1, 10],
  ])('at %i a membership that ends at NOW gives level %i', async (now, expected) => {
    const { jane, app } = await seed(subject.store);
    await apply(
      subject.store,
      join('project', app, jane, 50, NOW),
      join('group', 'acme', jane, 10),
    );
    expect(await level(jane, app, now)).toBe(expected);
  });

  test('the user of a namespace is Owner of its projects, others are nobody', async () => {
    const { jane, bob } = await seed(subject.store);
    const tool = await apply(subject.store, makeProject('jane/tool'));
    expect(await level(jane, tool)).toBe(50);
    expect(await level(bob, tool)).toBe(0);
  });

  test('remove takes one membership and leaves the others', async () => {
    const { jane, app } = await seed(subject.store);
    await apply(subject.store, join('project', app, jane, 50), join('group', 'acme', jane, 20));
    await apply(subject.store, leave('project', app, jane));
    expect(await level(jane, app)).toBe(20);
  });

  test('levels in what does not exist are 0', async () => {
    const { jane } = await seed(subject.store);
    expect(await level(jane, 999)).toBe(0);
    expect(await level(999, 1)).toBe(0);
    expect(await subject.store.directory.accessLevel(jane, groupSource(999), NOW)).toBe(0);
  });

  test('direct members are listed by user id, a page at a time', async () => {
    const { acme } = await seed(subject.store);
    const names = ['u1', 'u2', 'u3', 'u4'];
    await apply(subject.store, ...names.map((name) => makeUser(name)));
    await apply(subject.store, ...names.toReversed().map((name) => join('group', acme, name, 30)));
    const page = { offset: 1, limit: 2 };
    const { items, total } = await subject.store.directory.members(groupSource(acme), page, DIRECT);
    expect(items.map((member) => member.userId)).toEqual([4, 5]);
    expect(total).toBe(4);
  });

  test('an expired membership is listed among the direct ones only', async () => {
    const { jane, app } = await seed(subject.store);
    await apply(subject.store, join('project', app, jane, 50, NOW));
    const { directory } = subject.store;
    expect((await directory.members(projectSource(app), ALL, DIRECT)).total).toBe(1);
    expect(await directory.members(projectSource(app), ALL, INHERITED)).toEqual({
      items: [],
      total: 0,
    });
  });

  test('inherited members: each user once, with the highest level', async () => {
    const { jane, bob, acme, team, app } = await seed(subject.store);
    await apply(
      subject.store,
      join('group', acme, jane, 40),
      join('group', team, jane, 20),
      join('project', app, jane, 30),
      join('group', team, bob, 30),
      join('project', app, bob, 50, NOW - 1),
    );
    const { items, total } = await subject.store.directory.members(
      projectSource(app),
      ALL,
      INHERITED,
    );
    expect(total).toBe(2);
    expect(items).toMatchObject([
      { userId: jane, accessLevel: 40, source: groupSource(acme) },
      { userId: bob, accessLevel: 30, source: groupSource(team) },
    ]);
  });

  test('of equal levels the nearest is listed', async () => {
    const { jane, bob, acme, team, app } = await seed(subject.store);
    await apply(
      subject.store,
      join('group', acme, jane, 30),
      join('group', team, jane, 30),
      join('group', team, bob, 30),
      join('project', app, bob, 30),
    );
    const { items } = await subject.store.directory.members(projectSource(app), ALL, INHERITED);
    expect(items).toMatchObject([{ source: groupSource(team) }, { source: projectSource(app) }]);
  });

  test('inherited members of a group do not hold those of its projects', async () => {
    const { jane, bob, acme, team, app } = await seed(subject.store);
    await apply(subject.store, join('group', acme, jane, 30), join('project', app, bob, 30));
    const { items } = await subject.store.directory.members(groupSource(team), ALL, INHERITED);
    expect(items.map((member) => member.userId)).toEqual([jane]);
  });

  test('the owner of a user namespace is among the inherited members', async () => {
    const { jane, bob } = await seed(subject.store);
    const tool = await apply(subject.store, makeProject('jane/tool'));
    await apply(subject.store, join('project', tool, bob, 30));
    const page = { offset: 0, limit: 1 };
    const { items, total } = await subject.store.directory.members(
      projectSource(tool),
      page,
      INHERITED,
    );
    expect(items).toMatchObject([{ userId: jane, accessLevel: 50 }]);
    expect(total).toBe(2);
  });
}
