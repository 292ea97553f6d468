import { expect, test } from '@jest/globals';
import type { DirectoryChange } from '../../../src/store/directory-change.ts';
import type { Subject } from '../contract.ts';
import {
  ALL,
  allow,
  apply,
  join,
  leave,
  makeGroup,
  makeProject,
  makeUser,
  NOW,
  protect,
  seed,
} from '../fixtures.ts';

/** Each refers to something that is not there; the message must name it. */
const UNKNOWN: readonly [name: string, change: DirectoryChange][] = [
  ['ghost', { kind: 'user.update', user: 'ghost', fields: { name: 'x' } }],
  ['4711', { kind: 'user.update', user: 4711, fields: { name: 'x' } }],
  ['ghost', { kind: 'user.delete', user: 'ghost' }],
  ['no/where', { kind: 'group.update', group: 'no/where', fields: { name: 'x' } }],
  ['4711', { kind: 'group.delete', group: 4711 }],
  ['nowhere', makeGroup('nowhere/team')],
  ['jane', makeGroup('jane/team')],
  ['no/app', { kind: 'project.update', project: 'no/app', fields: { name: 'x' } }],
  ['4711', { kind: 'project.delete', project: 4711 }],
  ['nowhere', makeProject('nowhere/app')],
  ['acme/other', makeProject('acme/other/app')],
  ['ghost', join('project', 'acme/other', 'ghost', 30)],
  ['no/app', join('project', 'no/app', 'jane', 30)],
  ['acme/other', join('group', 'acme/other', 'jane', 30)],
  ['bob', leave('group', 'acme', 'bob')],
  ['no/app', allow('no/app', 'group', 'acme')],
  ['no/app', allow('acme/other', 'project', 'no/app')],
  [
    'acme',
    { kind: 'allowlist.remove', target: 'acme/other', source: { kind: 'group', ref: 'acme' } },
  ],
  ['no/app', protect('no/app', 'tag', 'v*')],
  ['v9*', { kind: 'protection.remove', project: 'acme/other', rule: 'tag', pattern: 'v9*' }],
];

const TAKEN: readonly [name: string, change: DirectoryChange][] = [
  ['jane', makeUser('jane')],
  ['jane', makeUser('JANE')],
  ['acme', makeUser('acme')],
  ['acme', makeGroup('Acme')],
  ['jane', makeGroup('jane')],
  ['acme/other', makeGroup('acme/other')],
  ['acme/other', makeProject('acme/Other')],
  ['acme/team', makeProject('acme/team')],
];

const BAD_NAMES = [
  '',
  '-jane',
  'jane-',
  'ja ne',
  'jane/doe',
  'ja..ne',
  '.jane',
  'jäne',
  'jane\n',
  'ja___ne',
  'ja._ne',
  'j'.repeat(256),
  'gitlab-ci-token',
  'GitLab-CI-Token',
  'gitlab-deploy-token',
  'gitlab+deploy-token-1',
  '\u212aate',
];

export function applyContract(subject: Subject): void {
  test('answers with one id for each change', async () => {
    const { jane, acme, team, app, other } = await seed(subject.store);
    const ids = await subject.store.directory.apply(
      [
        { kind: 'user.update', user: 'jane', fields: { name: 'J' } },
        { kind: 'group.update', group: 'acme', fields: { name: 'A' } },
        { kind: 'project.update', project: 'acme/team/app', fields: { name: 'P' } },
        join('group', 'acme', 'jane', 30),
        allow('acme/other', 'project', 'acme/team/app'),
        allow('acme/other', 'group', 'acme/team'),
        { kind: 'project.delete', project: 'acme/other' },
      ],
      NOW,
    );
    expect(ids).toEqual([jane, acme, app, jane, app, team, other]);
  });

  test('a change may refer to what an earlier one of the list creates', async () => {
    await subject.store.directory.apply(
      [
        makeUser('jane'),
        makeGroup('a'),
        makeGroup('a/b'),
        makeProject('a/b/c'),
        join('project', 'a/b/c', 'jane', 40),
      ],
      NOW,
    );
    const project = await subject.store.directory.project('a/b/c');
    expect(
      await subject.store.directory.accessLevel(1, { kind: 'project', id: project?.id ?? 0 }, NOW),
    ).toBe(40);
  });

  test('no changes give no ids', async () => {
    expect(await subject.store.directory.apply([], NOW)).toEqual([]);
  });

  test('all changes or none: one that fails takes the others back', async () => {
    await seed(subject.store);
    const before = await everything(subject);
    const changes = [
      makeUser('kim'),
      makeProject('acme/new'),
      join('group', 'acme', 'jane', 50),
      { kind: 'project.delete', project: 'acme/other' } as const,
      makeUser('jane'),
    ];
    await expect(subject.store.directory.apply(changes, NOW)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await everything(subject)).toEqual(before);
    const store = await subject.reopen();
    expect(await store.directory.userByUsername('kim')).toBeNull();
  });

  test.each(UNKNOWN)('not_found names %s', async (name, change) => {
    await seed(subject.store);
    const applied = subject.store.directory.apply([change], NOW);
    await expect(applied).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(name),
    });
  });

  test.each(TAKEN)('conflict names %s', async (name, change) => {
    await seed(subject.store);
    const applied = subject.store.directory.apply([change], NOW);
    await expect(applied).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(name),
    });
  });

  test.each(BAD_NAMES)('refuses the username %j', async (name) => {
    const applied = subject.store.directory.apply([makeUser(name)], NOW);
    await expect(applied).rejects.toMatchObject({ code: 'bad_request' });
    expect((await subject.store.directory.users(ALL)).total).toBe(0);
  });

  test.each([
    '',
    '/',
    'acme/',
    '/app',
    'acme//app',
    'acme/../app',
    'acme/-app',
    'acme/äpp',
    'acme/app\0',
  ])('refuses the path %j', async (path) => {
    await seed(subject.store);
    const refused = { code: 'bad_request' };
    await expect(apply(subject.store, makeProject(path))).rejects.toMatchObject(refused);
    await expect(apply(subject.store, makeGroup(path))).rejects.toMatchObject(refused);
  });

  test.each(['a', 'a1', 'a.b', 'a_b', 'a__b', 'a--b', 'A-b.C_d', '0', 'x'.repeat(200)])(
    'accepts the path part %j',
    async (part) => {
      await apply(subject.store, makeGroup(part), makeProject(`${part}/p`));
      expect(await subject.store.directory.project(`${part}/p`)).not.toBeNull();
    },
  );

  test('a project needs a namespace', async () => {
    await expect(apply(subject.store, makeProject('app'))).rejects.toMatchObject({
      code: 'bad_request',
    });
  });

  test('an update changes only the fields it names', async () => {
    const { jane, app } = await seed(subject.store);
    const user = await subject.store.directory.user(jane);
    const project = await subject.store.directory.project(app);
    await apply(
      subject.store,
      { kind: 'user.update', user: jane, fields: { external: true } },
      { kind: 'project.update', project: app, fields: { visibility: 'public' } },
    );
    expect(await subject.store.directory.user(jane)).toEqual({ ...user, external: true });
    expect(await subject.store.directory.project(app)).toEqual({
      ...project,
      visibility: 'public',
    });
  });

  test('an update can set a field to null', async () => {
    const id = await apply(subject.store, makeUser('kim', { email: 'a@b', passwordHash: 'x' }));
    await apply(subject.store, { kind: 'user.update', user: id, fields: { passwordHash: null } });
    expect(await subject.store.directory.user(id)).toMatchObject({
      email: 'a@b',
      passwordHash: null,
    });
  });

  test('values outside the closed sets are refused', async () => {
    await seed(subject.store);
    const bad = [
      join('group', 'acme', 'jane', 35 as 30),
      join('group', 'acme', 'jane', 0),
      makeProject('acme/x', { visibility: 'secret' as 'public' }),
      makeUser('kim', { state: 'asleep' as 'active' }),
    ];
    for (const change of bad) {
      await expect(apply(subject.store, change)).rejects.toMatchObject({ code: 'bad_request' });
    }
  });

  test('what was applied is there after it was opened again', async () => {
    await seed(subject.store);
    const before = await everything(subject);
    await subject.reopen();
    expect(await everything(subject)).toEqual(before);
  });
}

async function everything({ store: { directory } }: Subject): Promise<unknown> {
  const projects = await directory.projects(ALL);
  const groups = await directory.groups(ALL);
  const sources = [
    ...projects.items.map(({ id }) => ({ kind: 'project', id }) as const),
    ...groups.items.map(({ id }) => ({ kind: 'group', id }) as const),
  ];
  const members = sources.map((source) =>
    directory.members(source, ALL, { inherited: false, now: NOW }),
  );
  return [await directory.users(ALL), groups, projects, await Promise.all(members)];
}
