/** @gitbeaker/rest: users, groups, projects and their members. */
import { Gitlab } from '@gitbeaker/rest';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ADMIN_TOKEN, openApi, type Api } from '../../http/api/support.ts';
import { refusal } from './errors.ts';

let api: Api;
let root: InstanceType<typeof Gitlab>;
beforeAll(async () => {
  api = await openApi();
  root = new Gitlab({ host: api.url, token: ADMIN_TOKEN });
});
afterAll(() => api.close());

test('users come, change, are blocked and go', async () => {
  const { id } = await root.Users.create({
    username: 'jane',
    name: 'Jane',
    email: 'jane@example.com',
    resetPassword: true,
    skipConfirmation: true,
  });
  expect(await root.Users.show(id)).toMatchObject({ id, username: 'jane', state: 'active' });
  expect(await root.Users.all({ username: 'jane' })).toEqual([expect.objectContaining({ id })]);
  expect(await root.Users.all({ search: 'jan' })).toHaveLength(1);
  // By a form of several parts, since it could hold a picture.
  expect(await root.Users.edit(id, { name: 'Jane Doé', admin: true })).toMatchObject({
    name: 'Jane Doé',
    is_admin: true,
  });
  expect(await root.Users.edit(id, { admin: false })).toMatchObject({ is_admin: false });
  expect(await root.Users.block(id)).toBe(true);
  expect(await root.Users.show(id)).toMatchObject({ state: 'blocked' });
  expect(await root.Users.unblock(id)).toBe(true);
  await root.Users.remove(id);
  expect(await refusal(root.Users.show(id))).toBe('404 404 User Not Found');
  expect(await root.Users.showCurrentUser()).toMatchObject({ username: 'root' });
});

test('groups and projects, by paths with dots and with groups in groups', async () => {
  const acme = await root.Groups.create('Acme', 'ac.me', { visibility: 'internal' });
  const tools = await root.Groups.create('Tools', 'tools-2', { parentId: acme.id });
  expect(await root.Groups.show('ac.me/tools-2')).toMatchObject({ id: tools.id });
  expect(await root.Groups.edit('ac.me/tools-2', { name: 'Power Tools' })).toMatchObject({
    name: 'Power Tools',
  });
  const app = await root.Projects.create({
    name: 'My App',
    path: 'my.app',
    namespaceId: tools.id,
    visibility: 'private',
    containerRegistryAccessLevel: 'private',
  });
  expect(app).toMatchObject({
    path_with_namespace: 'ac.me/tools-2/my.app',
    container_registry_access_level: 'private',
  });
  const path = 'ac.me/tools-2/my.app';
  expect(await root.Projects.show(path)).toMatchObject({ id: app.id });
  expect(await root.Projects.edit(path, { visibility: 'public' })).toMatchObject({
    visibility: 'public',
  });
  expect(await root.Projects.archive(path)).toMatchObject({ archived: true });
  expect(await root.Projects.unarchive(path)).toMatchObject({ archived: false });
  expect(await root.Projects.all({ search: 'my' })).toHaveLength(1);
  expect(await root.Groups.search('tools')).toHaveLength(1);
  await root.Projects.remove(path);
  await root.Groups.remove('ac.me');
  expect(await refusal(root.Groups.show(tools.id))).toBe('404 404 Group Not Found');
});

test('members, with what they inherit', async () => {
  const ann = await root.Users.create({ username: 'ann', name: 'Ann', forceRandomPassword: true });
  const bob = await root.Users.create({ username: 'bob', name: 'Bob', forceRandomPassword: true });
  await root.Groups.create('Crew', 'crew');
  await root.Projects.create({ path: 'app', namespaceId: 'crew' as never });
  const path = 'crew/app';
  await root.GroupMembers.add('crew', 20, { userId: ann.id, expiresAt: '2099-01-31' });
  expect(await root.GroupMembers.show('crew', ann.id)).toMatchObject({
    access_level: 20,
    expires_at: '2099-01-31',
  });
  await root.ProjectMembers.add(path, 30, { username: 'bob' });
  const direct = await root.ProjectMembers.all(path);
  expect(direct.map(({ username }) => username)).toEqual(['bob']);
  const all = await root.ProjectMembers.all(path, { includeInherited: true });
  expect(all.map(({ username }) => username).sort()).toEqual(['ann', 'bob', 'root']);
  expect(await root.ProjectMembers.show(path, ann.id, { includeInherited: true })).toMatchObject({
    access_level: 20,
  });
  expect(await root.ProjectMembers.edit(path, bob.id, 40, { expiresAt: '' })).toMatchObject({
    access_level: 40,
    expires_at: null,
  });
  await root.ProjectMembers.remove(path, bob.id);
  expect(await refusal(root.ProjectMembers.show(path, bob.id))).toBe('404 404 Not found');
});
