import { expect, test } from '@jest/globals';
import type { Subject } from '../contract.ts';
import { allow, apply, groupSource, projectSource, protect, seed } from '../fixtures.ts';

export function allowlistContract(subject: Subject): void {
  test('keeps every field of an entry, projects before groups', async () => {
    const { acme, app, other } = await seed(subject.store);
    await apply(
      subject.store,
      allow(other, 'group', acme),
      allow(other, 'project', app, ['READ_CONTAINERS', 'ADMIN_CONTAINERS']),
    );
    expect(await subject.store.directory.allowlist(other)).toEqual([
      {
        targetProjectId: other,
        source: projectSource(app),
        policies: ['READ_CONTAINERS', 'ADMIN_CONTAINERS'],
        managedBy: 'api',
      },
      { targetProjectId: other, source: groupSource(acme), policies: null, managedBy: 'api' },
    ]);
  });

  test('no limit and nothing allowed are different things', async () => {
    const { acme, app, other } = await seed(subject.store);
    await apply(subject.store, allow(other, 'group', acme, null), allow(other, 'project', app, []));
    const entries = await subject.store.directory.allowlist(other);
    expect(entries.map((entry) => entry.policies)).toEqual([[], null]);
  });

  test('set replaces the entry of the same source', async () => {
    const { app, other } = await seed(subject.store);
    await apply(subject.store, allow(other, 'project', app), allow(other, 'project', app, []));
    expect(await subject.store.directory.allowlist(other)).toMatchObject([{ policies: [] }]);
  });

  test('a project and a group of the same id do not mix', async () => {
    await seed(subject.store);
    await apply(subject.store, allow(2, 'project', 1), allow(2, 'group', 1));
    await apply(subject.store, {
      kind: 'allowlist.remove',
      target: 2,
      source: { kind: 'group', ref: 1 },
    });
    expect(await subject.store.directory.allowlist(2)).toMatchObject([
      { source: projectSource(1) },
    ]);
  });

  test('entries belong to one target', async () => {
    const { app, other } = await seed(subject.store);
    await apply(subject.store, allow(other, 'project', app));
    expect(await subject.store.directory.allowlist(app)).toEqual([]);
  });

  test('keeps every field of a rule, in order of id', async () => {
    const { app } = await seed(subject.store);
    const first = await apply(subject.store, protect(app, 'tag', 'v*', 50));
    const second = await apply(subject.store, {
      kind: 'protection.set',
      project: app,
      rule: 'repository',
      fields: { pattern: 'a/*', minimumAccessLevelForPush: null, minimumAccessLevelForDelete: 40 },
      managedBy: 'file',
    });
    expect(await subject.store.directory.protectionRules(app)).toEqual([
      {
        id: first,
        projectId: app,
        kind: 'tag',
        pattern: 'v*',
        minimumAccessLevelForPush: 50,
        minimumAccessLevelForDelete: null,
        managedBy: 'api',
      },
      {
        id: second,
        projectId: app,
        kind: 'repository',
        pattern: 'a/*',
        minimumAccessLevelForPush: null,
        minimumAccessLevelForDelete: 40,
        managedBy: 'file',
      },
    ]);
  });

  test('a rule is known by project, kind and pattern', async () => {
    const { app, other } = await seed(subject.store);
    const id = await apply(subject.store, protect(app, 'tag', 'v*', 50));
    expect(await apply(subject.store, protect(app, 'tag', 'v*', 40))).toBe(id);
    await apply(
      subject.store,
      protect(app, 'tag', 'V*'),
      protect(app, 'repository', 'v*'),
      protect(other, 'tag', 'v*'),
    );
    expect(await subject.store.directory.protectionRules(app)).toHaveLength(3);
    await apply(subject.store, {
      kind: 'protection.remove',
      project: app,
      rule: 'tag',
      pattern: 'v*',
    });
    const left = await subject.store.directory.protectionRules(app);
    expect(left.map((rule) => [rule.kind, rule.pattern])).toEqual([
      ['tag', 'V*'],
      ['repository', 'v*'],
    ]);
  });
}
