import { expect, test } from '@jest/globals';
import type { DirectoryChange } from '../../../src/store/directory-change.ts';
import type { Subject } from '../contract.ts';
import { allow, apply, join, makeGroup, makeProject, makeUser, NOW, protect } from '../fixtures.ts';

const inFile = (change: DirectoryChange): DirectoryChange =>
  ({ ...change, managedBy: 'file' }) as DirectoryChange;

export function snapshotContract(subject: Subject): void {
  test('is empty at first', async () => {
    expect(await subject.store.directory.fileManaged()).toEqual({
      users: [],
      groups: [],
      projects: [],
      members: [],
      allowlist: [],
      protection: [],
    });
  });

  test('says everything in natural keys, sorted', async () => {
    const changes = [
      makeUser('zoe', { email: 'z@example.org', admin: true }),
      makeUser('adam'),
      makeGroup('b'),
      makeGroup('a', { visibility: 'public' }),
      makeProject('b/app', { archived: true, autoDeployToken: true, jobTokenAfterJob: 'read' }),
      makeProject('adam/tool'),
      join('project', 'b/app', 'zoe', 30),
      join('group', 'a', 'zoe', 20, NOW + 5),
      join('group', 'a', 'adam', 40),
      allow('b/app', 'project', 'adam/tool', ['READ_CONTAINERS']),
      allow('b/app', 'group', 'a'),
      protect('b/app', 'tag', 'v*'),
      protect('b/app', 'repository', 'b/app/*'),
    ];
    await apply(subject.store, ...changes.map(inFile));
    const { users, groups, projects, members, allowlist, protection } =
      await subject.store.directory.fileManaged();
    expect(users.map((user) => user.username)).toEqual(['adam', 'zoe']);
    expect(users[1]).toEqual({
      username: 'zoe',
      name: 'Jane Doe',
      email: 'z@example.org',
      state: 'active',
      admin: true,
      external: false,
      twoFactor: false,
      passwordHash: null,
    });
    expect(groups).toEqual([
      { fullPath: 'a', name: 'a', visibility: 'public' },
      { fullPath: 'b', name: 'b', visibility: 'private' },
    ]);
    expect(projects.map((project) => project.fullPath)).toEqual(['adam/tool', 'b/app']);
    expect(projects[1]).toEqual({
      fullPath: 'b/app',
      name: 'App',
      visibility: 'private',
      registryAccess: 'enabled',
      archived: true,
      jobsEnabled: true,
      allowlistEnabled: true,
      autoDevops: false,
      autoDeployToken: true,
      jobTokenAfterJob: 'read',
    });
    expect(members).toEqual([
      {
        source: { kind: 'group', fullPath: 'a' },
        username: 'adam',
        accessLevel: 40,
        expiresAt: null,
      },
      {
        source: { kind: 'group', fullPath: 'a' },
        username: 'zoe',
        accessLevel: 20,
        expiresAt: NOW + 5,
      },
      {
        source: { kind: 'project', fullPath: 'b/app' },
        username: 'zoe',
        accessLevel: 30,
        expiresAt: null,
      },
    ]);
    expect(allowlist).toEqual([
      { target: 'b/app', source: { kind: 'group', fullPath: 'a' }, policies: null },
      {
        target: 'b/app',
        source: { kind: 'project', fullPath: 'adam/tool' },
        policies: ['READ_CONTAINERS'],
      },
    ]);
    expect(protection.map((rule) => [rule.rule, rule.pattern])).toEqual([
      ['repository', 'b/app/*'],
      ['tag', 'v*'],
    ]);
  });

  test('leaves out what the API made, also on objects of the file', async () => {
    await apply(
      subject.store,
      inFile(makeUser('jane')),
      inFile(makeGroup('acme')),
      makeUser('bob'),
      makeGroup('b'),
    );
    await apply(subject.store, join('group', 'acme', 'jane', 30));
    const snapshot = await subject.store.directory.fileManaged();
    expect(snapshot.users.map((user) => user.username)).toEqual(['jane']);
    expect(snapshot.groups.map((group) => group.fullPath)).toEqual(['acme']);
    expect(snapshot.members).toEqual([]);
  });

  test('a membership belongs to whoever set it last', async () => {
    await apply(
      subject.store,
      makeUser('jane'),
      makeGroup('acme'),
      inFile(join('group', 'acme', 'jane', 30)),
    );
    expect((await subject.store.directory.fileManaged()).members).toHaveLength(1);
    await apply(subject.store, join('group', 'acme', 'jane', 40));
    expect((await subject.store.directory.fileManaged()).members).toEqual([]);
  });

  test('an update leaves an object with its keeper', async () => {
    await apply(subject.store, inFile(makeUser('jane')));
    await apply(subject.store, { kind: 'user.update', user: 'jane', fields: { name: 'J' } });
    expect((await subject.store.directory.fileManaged()).users).toMatchObject([{ name: 'J' }]);
  });
}
