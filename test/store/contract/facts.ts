import { expect, test } from '@jest/globals';
import type { FactsQuery } from '../../../src/store/ports.ts';
import type { Subject } from '../contract.ts';
import {
  allow,
  apply,
  HOUR,
  join,
  leave,
  makeGroup,
  makeProject,
  makeUser,
  NOW,
  protect,
  seed,
} from '../fixtures.ts';

const QUERY: FactsQuery = { repositories: [], userId: null, homeProjectId: null, now: NOW };

export function factsContract(subject: Subject): void {
  const ask = (repositories: readonly string[], query: Partial<FactsQuery> = {}) =>
    subject.store.directory.facts({ ...QUERY, ...query, repositories });
  const one = async (repository: string, query: Partial<FactsQuery> = {}) =>
    (await ask([repository], query)).get(repository);

  test('tells all about a project', async () => {
    const { jane, acme, team, app, other } = await seed(subject.store);
    await apply(
      subject.store,
      { kind: 'project.update', project: app, fields: { visibility: 'internal', archived: true } },
      join('group', acme, jane, 40),
      allow(app, 'project', other, ['READ_CONTAINERS']),
      protect(app, 'repository', 'acme/team/app/x*'),
      protect(app, 'tag', 'v*', 50),
    );
    expect(await one('acme/team/app', { userId: jane, homeProjectId: other })).toEqual({
      projectId: app,
      projectPath: 'acme/team/app',
      visibility: 'internal',
      registryAccess: 'enabled',
      archived: true,
      groupIds: [team, acme],
      accessLevel: 40,
      allowlistEnabled: true,
      allowlistEntry: { policies: ['READ_CONTAINERS'] },
      repositoryRules: [
        {
          pattern: 'acme/team/app/x*',
          minimumAccessLevelForPush: 40,
          minimumAccessLevelForDelete: null,
        },
      ],
      tagRules: [
        { pattern: 'v*', minimumAccessLevelForPush: 50, minimumAccessLevelForDelete: null },
      ],
    });
  });

  test.each([
    ['acme/team/app', true],
    ['acme/team/app/web', true],
    ['acme/team/app/web/cache', true],
    ['acme/team/app/web/cache/x', false],
    ['acme/team', false],
    ['acme', false],
    ['app', false],
    ['acme/team/ap', false],
    ['acme/team/app2', false],
    ['acme/team/app/', false],
    ['/acme/team/app', false],
    ['acme//team/app', false],
    ['acme/team/app/web//x', false],
    ['ACME/team/app', false],
    ['acme/team/App', false],
    ['acme/team/app/Web', false],
    ['acme/team/app\0', false],
    ['acme/team/app ', false],
    ['acme/team/app/../app', false],
    ['acme/team/app%', false],
    ['', false],
    [`acme/team/app/${'x'.repeat(300)}`, false],
  ])('the repository %j belongs to acme/team/app: %j', async (repository, belongs) => {
    const { app } = await seed(subject.store);
    for (const time of ['first', 'again']) {
      const facts = await one(repository);
      expect([time, facts?.projectId]).toEqual([time, belongs ? app : undefined]);
    }
  });

  test('the longest path wins', async () => {
    const { team } = await seed(subject.store);
    await apply(subject.store, makeGroup('acme/team/deep'), makeProject('acme/team/deep/app'));
    const deep = await apply(subject.store, makeProject('acme/team/deep/app2'));
    expect((await one('acme/team/deep/app2'))?.projectId).toBe(deep);
    expect((await one('acme/team/deep/app2/x'))?.groupIds).toContain(team);
    expect(await one('acme/team/deep')).toBeUndefined();
  });

  test('image names use the lower-cased path', async () => {
    await apply(subject.store, makeGroup('Acme'), makeProject('Acme/App'));
    expect((await one('acme/app/x'))?.projectPath).toBe('Acme/App');
    expect(await one('Acme/App')).toBeUndefined();
  });

  test('unknown names are absent from the answer', async () => {
    await seed(subject.store);
    const facts = await ask(['no/where', 'acme/other', '__proto__', 'constructor/prototype']);
    expect([...facts.keys()]).toEqual(['acme/other']);
  });

  test('one call answers for many names', async () => {
    const { app, other } = await seed(subject.store);
    const facts = await ask(['acme/other/a', 'acme/team/app', 'acme/other/b', 'acme/other/a']);
    const ids = Object.fromEntries([...facts].map(([name, fact]) => [name, fact.projectId]));
    expect(ids).toEqual({ 'acme/other/a': other, 'acme/other/b': other, 'acme/team/app': app });
  });

  test('no names give no facts', async () => {
    expect((await ask([])).size).toBe(0);
  });

  test('each asker has its own answer', async () => {
    const { jane, bob, app, other } = await seed(subject.store);
    await apply(subject.store, join('project', app, jane, 40), allow(app, 'project', other));
    for (let time = 0; time < 2; time += 1) {
      expect((await one('acme/team/app', { userId: jane }))?.accessLevel).toBe(40);
      expect((await one('acme/team/app', { userId: bob }))?.accessLevel).toBe(0);
      expect((await one('acme/team/app'))?.accessLevel).toBe(0);
      expect((await one('acme/team/app', { homeProjectId: other }))?.allowlistEntry).toEqual({
        policies: null,
      });
      expect((await one('acme/team/app', { userId: other }))?.allowlistEntry).toBeNull();
    }
  });

  test('a changed membership counts at the next question', async () => {
    const { jane } = await seed(subject.store);
    const level = async () => (await one('acme/other', { userId: jane }))?.accessLevel;
    expect(await level()).toBe(0);
    await apply(subject.store, join('group', 'acme', jane, 40));
    expect(await level()).toBe(40);
    await apply(subject.store, join('group', 'acme', jane, 20));
    expect(await level()).toBe(20);
    await apply(subject.store, leave('group', 'acme', jane));
    expect(await level()).toBe(0);
  });

  test('every other change counts at the next question', async () => {
    const { app, other } = await seed(subject.store);
    const facts = () => one('acme/other', { homeProjectId: app });
    expect(await facts()).toMatchObject({ visibility: 'private', allowlistEntry: null });
    const update = {
      visibility: 'public',
      registryAccess: 'disabled',
      allowlistEnabled: false,
    } as const;
    await apply(subject.store, { kind: 'project.update', project: other, fields: update });
    expect(await facts()).toMatchObject(update);
    await apply(subject.store, allow(other, 'group', 'acme'));
    expect(await facts()).toMatchObject({ allowlistEntry: { policies: null } });
    await apply(subject.store, {
      kind: 'allowlist.remove',
      target: other,
      source: { kind: 'group', ref: 'acme' },
    });
    expect(await facts()).toMatchObject({ allowlistEntry: null, tagRules: [] });
    await apply(subject.store, protect(other, 'tag', 'v*'));
    expect((await facts())?.tagRules).toHaveLength(1);
    await apply(subject.store, { kind: 'project.delete', project: other });
    expect(await facts()).toBeUndefined();
    const again = await apply(subject.store, makeProject('acme/other'));
    expect((await facts())?.projectId).toBe(again);
  });

  test('a project made under a longer name takes its repositories over', async () => {
    const { app } = await seed(subject.store);
    expect((await one('acme/team/app/web'))?.projectId).toBe(app);
    await apply(
      subject.store,
      { kind: 'project.delete', project: app },
      makeGroup('acme/team/app'),
    );
    const web = await apply(subject.store, makeProject('acme/team/app/web'));
    expect((await one('acme/team/app/web'))?.projectId).toBe(web);
  });

  test('a change that was taken back changes no answer', async () => {
    const { jane } = await seed(subject.store);
    const before = await one('acme/other', { userId: jane });
    const failing = [join('group', 'acme', jane, 50), makeUser('jane')];
    await expect(apply(subject.store, ...failing)).rejects.toMatchObject({ code: 'conflict' });
    expect(await one('acme/other', { userId: jane })).toEqual(before);
  });

  test('a membership ends on time, with no change of the directory', async () => {
    const { jane } = await seed(subject.store);
    await apply(
      subject.store,
      join('group', 'acme', jane, 40, NOW + HOUR),
      join('project', 'acme/other', jane, 10),
    );
    const level = async (now: number) =>
      (await one('acme/other', { userId: jane, now }))?.accessLevel;
    expect(await level(NOW)).toBe(40);
    expect(await level(NOW + HOUR - 1)).toBe(40);
    expect(await level(NOW + HOUR)).toBe(10);
    expect(await level(NOW + 2 * HOUR)).toBe(10);
    expect(await level(NOW)).toBe(40);
  });

  test('several memberships end one after the other', async () => {
    const { jane, app } = await seed(subject.store);
    await apply(
      subject.store,
      join('group', 'acme', jane, 50, NOW + 1),
      join('group', 'acme/team', jane, 40, NOW + 2),
      join('project', app, jane, 30, NOW + 3),
    );
    const levels: (number | undefined)[] = [];
    for (const later of [0, 1, 2, 3]) {
      levels.push((await one('acme/team/app', { userId: jane, now: NOW + later }))?.accessLevel);
    }
    expect(levels).toEqual([50, 40, 30, 0]);
  });

  test('the owner of a user namespace is Owner', async () => {
    const { jane, bob } = await seed(subject.store);
    await apply(subject.store, makeProject('jane/tool'));
    expect(await one('jane/tool/x', { userId: jane })).toMatchObject({
      accessLevel: 50,
      groupIds: [],
    });
    expect(await one('jane/tool/x', { userId: bob })).toMatchObject({ accessLevel: 0 });
  });

  test('the nearest allowlist entry decides: the project, else the closest group', async () => {
    const { acme, team, app, other } = await seed(subject.store);
    const entry = async () => (await one('acme/other', { homeProjectId: app }))?.allowlistEntry;
    expect(await entry()).toBeNull();
    await apply(subject.store, allow(other, 'group', acme, null));
    expect(await entry()).toEqual({ policies: null });
    await apply(subject.store, allow(other, 'group', team, ['READ_CONTAINERS']));
    expect(await entry()).toEqual({ policies: ['READ_CONTAINERS'] });
    await apply(subject.store, allow(other, 'project', app, []));
    expect(await entry()).toEqual({ policies: [] });
  });

  test('an entry for a group lets in only jobs from under it', async () => {
    const { team, app, other } = await seed(subject.store);
    const [, elsewhere = 0] = await subject.store.directory.apply(
      [makeGroup('foreign'), makeProject('foreign/app')],
      NOW,
    );
    await apply(subject.store, allow(other, 'group', team));
    const entry = async (homeProjectId: number) =>
      (await one('acme/other', { homeProjectId }))?.allowlistEntry;
    expect(await entry(app)).not.toBeNull();
    expect(await entry(elsewhere)).toBeNull();
    expect(await entry(other)).toBeNull();
    expect(await entry(999)).toBeNull();
  });

  test('a home project in a user namespace has no groups above it', async () => {
    const { acme, other } = await seed(subject.store);
    const tool = await apply(subject.store, makeProject('jane/tool'));
    await apply(subject.store, allow(other, 'group', acme));
    expect((await one('acme/other', { homeProjectId: tool }))?.allowlistEntry).toBeNull();
    await apply(subject.store, allow(other, 'project', tool));
    expect((await one('acme/other', { homeProjectId: tool }))?.allowlistEntry).not.toBeNull();
  });

  test('more names than any cache holds are answered rightly', async () => {
    const { app } = await seed(subject.store);
    const names = Array.from({ length: 12_000 }, (_, index) => `acme/team/app/i${index}`);
    const facts = await ask(names);
    expect(facts.size).toBe(names.length);
    expect([...facts.values()].every(({ projectId }) => projectId === app)).toBe(true);
    await apply(subject.store, {
      kind: 'project.update',
      project: app,
      fields: { archived: true },
    });
    expect((await one('acme/team/app/i0'))?.archived).toBe(true);
    expect((await one('acme/team/app/i11999'))?.archived).toBe(true);
  });
}
