/** What the directory file changes, with what was before, as far as the file looks after it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordDirectoryChanges } from '../../src/audit/directory-changes.ts';
import type { Details, Target } from '../../src/audit/events.ts';
import { applyDirectoryFile } from '../../src/directory/apply.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

interface Told {
  readonly type: string;
  readonly target: Target;
  readonly details: Details;
}

/** The events that this text of the file leaves, by type and target. */
async function apply(text: string): Promise<Map<string, Details>> {
  const path = join(world.folder, 'directory.yml');
  await writeFile(path, text);
  const { store, clock, logged } = world;
  const { directory } = store;
  const applied = await applyDirectoryFile({ directory, path, clock, log: logged.log });
  const told: Told[] = [];
  await recordDirectoryChanges(
    (type, target, details = {}) => void told.push({ type, target, details }),
    directory,
    { ...applied, file: path },
  );
  return new Map(told.map(({ type, target, details }) => [`${type} ${target.path}`, details]));
}

const FIRST = `
users:
  jane: {name: Jane}
  mia: {}
groups:
  acme: {members: {jane: developer}}
projects:
  acme/app:
    visibility: private
    members: {mia: reporter}
    job_token_allowlist: {groups: {acme: all}}
    protected_tags: {v*: {push: maintainer}}
  acme/lib: {}
`;

const SECOND = `
users:
  jane: {name: Jane Doe, admin: true}
groups:
  acme: {members: {jane: maintainer}}
projects:
  acme/app:
    visibility: public
    job_token_allowlist: {groups: {acme: [READ_CONTAINERS]}}
    protected_tags: {v*: {push: owner}}
`;

test('first there is only what is', async () => {
  const events = await apply(FIRST);
  expect(events.get('user.created jane')).toMatchObject({ after: { name: 'Jane', admin: false } });
  expect(events.get('project.created acme/app')).toMatchObject({
    after: { visibility: 'private' },
  });
  expect(events.get('member.updated acme')).toMatchObject({
    user: 'jane',
    after: { access_level: 30, expires_at: null },
  });
  for (const details of events.values()) expect(details).not.toHaveProperty('before');
});

test('then what was and what is, of every kind', async () => {
  const events = await apply(SECOND);
  const told = (key: string) => {
    const { before, after } = events.get(key) ?? {};
    return { before, after };
  };
  expect(told('user.updated jane')).toEqual({
    before: { name: 'Jane', admin: false },
    after: { name: 'Jane Doe', admin: true },
  });
  expect(told('user.deleted mia').before).toMatchObject({ username: 'mia', state: 'active' });
  expect(told('member.updated acme')).toEqual({
    before: { access_level: 30 },
    after: { access_level: 40 },
  });
  expect(told('project.updated acme/app')).toEqual({
    before: { visibility: 'private' },
    after: { visibility: 'public' },
  });
  expect(told('allowlist.changed acme/app')).toEqual({
    before: { policies: null },
    after: { policies: ['READ_CONTAINERS'] },
  });
  expect(told('protection_rule.changed acme/app')).toEqual({
    before: { minimum_access_level_for_push: 40 },
    after: { minimum_access_level_for_push: 50 },
  });
  expect(told('project.deleted acme/lib')).toEqual({
    before: expect.objectContaining({ full_path: 'acme/lib', visibility: 'private' }),
    after: undefined,
  });
});

test('the same file again changes nothing', async () => {
  expect(await apply(SECOND)).toEqual(new Map());
});

test('what the API made has no before that the file knows', async () => {
  const made = await world.user('zoe');
  await world.member('acme/app', 'zoe', 'reporter');
  const events = await apply(`${SECOND}    members: {zoe: developer}\n`);
  expect(made.username).toBe('zoe');
  const { before, after } = events.get('member.updated acme/app') ?? {};
  expect([before, after]).toEqual([undefined, { access_level: 30, expires_at: null }]);
});
