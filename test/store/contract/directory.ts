import { expect, test } from '@jest/globals';
import type { Subject } from '../contract.ts';
import { ALL, apply, hashOf, makeGroup, makeProject, makeUser, NOW, seed } from '../fixtures.ts';

export function directoryContract(subject: Subject): void {
  test('is empty at first', async () => {
    const { directory } = subject.store;
    expect(await directory.user(1)).toBeNull();
    expect(await directory.userByUsername('jane')).toBeNull();
    expect(await directory.group('acme')).toBeNull();
    expect(await directory.project('acme/app')).toBeNull();
    expect(await directory.users(ALL)).toEqual({ items: [], total: 0, next: null });
  });

  test('keeps every field of a user', async () => {
    const fields = {
      name: 'Jané 😀',
      email: 'jane@example.org',
      state: 'blocked',
      admin: true,
      external: true,
      twoFactor: true,
      passwordHash: '$scrypt$abc',
    } as const;
    const id = await apply(subject.store, makeUser('Jane', fields));
    const user = { id, username: 'Jane', ...fields, managedBy: 'api', createdAt: NOW };
    expect(await subject.store.directory.user(id)).toEqual(user);
    expect(await subject.store.directory.userByUsername('jANE')).toEqual(user);
  });

  test('keeps every field of a group', async () => {
    const { acme } = await seed(subject.store);
    const id = await apply(
      subject.store,
      makeGroup('acme/Infra', { name: 'Infra', visibility: 'internal' }),
    );
    expect(await subject.store.directory.group('ACME/infra')).toEqual({
      id,
      path: 'Infra',
      fullPath: 'acme/Infra',
      name: 'Infra',
      parentId: acme,
      visibility: 'internal',
      managedBy: 'api',
      createdAt: NOW,
    });
    expect((await subject.store.directory.group(acme))?.parentId).toBeNull();
  });

  test('keeps every field of a project', async () => {
    const { acme } = await seed(subject.store);
    const fields = {
      name: 'Web',
      visibility: 'public',
      registryAccess: 'private',
      archived: true,
      jobsEnabled: false,
      allowlistEnabled: false,
      autoDevops: true,
      autoDeployToken: false,
      jobTokenAfterJob: 'read',
    } as const;
    const id = await apply(subject.store, makeProject('acme/Web', fields));
    const project = {
      id,
      path: 'Web',
      fullPath: 'acme/Web',
      ...fields,
      autoTokenDeclined: false,
      namespace: { kind: 'group', id: acme },
      managedBy: 'api',
      createdAt: NOW,
    };
    expect(await subject.store.directory.project(id)).toEqual(project);
    expect(await subject.store.directory.project('ACME/WEB')).toEqual(project);
  });

  test('puts a project into the namespace of a user', async () => {
    const { jane } = await seed(subject.store);
    await apply(subject.store, makeProject('JANE/tool'));
    const project = await subject.store.directory.project('jane/tool');
    expect(project).toMatchObject({ namespace: { kind: 'user', id: jane }, fullPath: 'jane/tool' });
  });

  test('spells a nested path as the objects above it are spelled', async () => {
    await apply(
      subject.store,
      makeGroup('Acme'),
      makeGroup('aCME/Team'),
      makeProject('acme/team/App'),
    );
    expect((await subject.store.directory.project('acme/team/app'))?.fullPath).toBe(
      'Acme/Team/App',
    );
  });

  test('a user is no group and no project, and the other way round', async () => {
    await seed(subject.store);
    const { directory } = subject.store;
    expect(await directory.group('jane')).toBeNull();
    expect(await directory.project('acme')).toBeNull();
    expect(await directory.userByUsername('acme')).toBeNull();
    expect(await directory.group('acme/team/app')).toBeNull();
  });

  test('lists in order of id with the total of the whole list', async () => {
    await apply(
      subject.store,
      ...['zoe', 'adam', 'mia', 'bob', 'eve'].map((name) => makeUser(name)),
    );
    const page = await subject.store.directory.users({ offset: 1, limit: 2 });
    expect(page.items.map((user) => user.username)).toEqual(['adam', 'mia']);
    expect(page.total).toBe(5);
  });

  test('a page beyond the end is empty and still tells the total', async () => {
    await seed(subject.store);
    const { directory } = subject.store;
    const beyond = { offset: 10, limit: 5 };
    expect(await directory.users(beyond)).toEqual({ items: [], total: 2, next: null });
    expect(await directory.groups(beyond)).toEqual({ items: [], total: 2, next: null });
    expect(await directory.projects(beyond)).toEqual({ items: [], total: 2, next: null });
  });

  test('a page of nothing tells the total', async () => {
    await seed(subject.store);
    const nothing = await subject.store.directory.users({ offset: 0, limit: 0 });
    expect(nothing).toMatchObject({ items: [], total: 2 });
  });

  test.each([
    ['jan', ['jane']],
    ['JAN', ['jane']],
    ['roe', ['bob']],
    ['', ['jane', 'bob']],
    ['nobody', []],
    ['%', []],
    ['_', []],
  ])('searches users for %j in names and usernames', async (search, found) => {
    await apply(
      subject.store,
      makeUser('jane', { name: 'Jane Doe' }),
      makeUser('bob', { name: 'Bob Roe' }),
    );
    const { items, total } = await subject.store.directory.users({ ...ALL, search });
    expect(items.map((user) => user.username)).toEqual(found);
    expect(total).toBe(found.length);
  });

  test('searches groups and projects by path and name', async () => {
    await seed(subject.store);
    await apply(subject.store, makeProject('acme/web', { name: 'Front page' }));
    const { directory } = subject.store;
    const groups = await directory.groups({ ...ALL, search: 'TEAM' });
    expect(groups.items.map((group) => group.fullPath)).toEqual(['acme/team']);
    const projects = await directory.projects({ ...ALL, search: 'front' });
    expect(projects.items.map((project) => project.fullPath)).toEqual(['acme/web']);
    const inAcme = { ...ALL, search: 'acme/' };
    expect((await directory.projects(inAcme)).total).toBe(0);
    expect((await directory.projects({ ...inAcme, searchNamespaces: true })).total).toBe(3);
  });

  test('lists and finds are the same after it was opened again', async () => {
    await seed(subject.store);
    const before = await subject.store.directory.projects(ALL);
    const store = await subject.reopen();
    expect(await store.directory.projects(ALL)).toEqual(before);
    expect(await store.directory.userByUsername('bob')).toMatchObject({ username: 'bob' });
  });

  test('answers a ping', async () => {
    await expect(subject.store.ping()).resolves.toBeUndefined();
  });

  test('after closing, reads, writes and pings say that the store is away', async () => {
    const { store } = subject;
    await store.close();
    const away = { code: 'store_unavailable' };
    await expect(store.directory.user(1)).rejects.toMatchObject(away);
    await expect(store.jobs.admit(hashOf('x'))).rejects.toMatchObject(away);
    await expect(store.jobs.reserveId()).rejects.toMatchObject(away);
    await expect(store.directory.apply([makeUser('jane')], NOW)).rejects.toMatchObject(away);
    await expect(store.ping()).rejects.toMatchObject(away);
    await store.close();
  });
}
