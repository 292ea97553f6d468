import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openApi, type Api, type Person } from './support.ts';

let api: Api;
let ann: Person;
let eve: Person;
let outsider: Person;
beforeAll(async () => {
  api = await openApi();
  ann = await api.user('ann');
  eve = await api.user('eve');
  outsider = await api.user('outsider', { external: true });
});
afterAll(() => api.close());

const names = (body: readonly { path: string }[]): string[] => body.map(({ path }) => path);

describe('groups', () => {
  test('a group has its maker as Owner, is found by id and by path, and goes', async () => {
    const made = await api.call('post', '/groups', ann.token, { name: 'Acme', path: 'acme' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name: 'Acme',
      full_path: 'acme',
      parent_id: null,
      visibility: 'private',
    });
    const sub = await api.call('post', '/groups', ann.token, {
      name: 'Team',
      path: 'team',
      parent_id: made.body.id,
      visibility: 'internal',
    });
    expect(sub.body).toMatchObject({ full_path: 'acme/team', parent_id: made.body.id });
    const found = await api.call('get', '/groups/acme%2Fteam', ann.token);
    expect(found.body).toEqual(sub.body);
    const put = await api.call('put', `/groups/${sub.body.id}`, ann.token, { name: 'The team' });
    expect(put.body).toMatchObject({ name: 'The team', visibility: 'internal' });
    const gone = await api.call('delete', '/groups/acme%2Fteam', ann.token);
    expect([gone.status, gone.body]).toEqual([202, { message: '202 Accepted' }]);
    expect((await api.call('get', '/groups/acme%2Fteam', ann.token)).status).toBe(404);
  });

  test('T43: a private group of others does not exist', async () => {
    for (const person of [eve, outsider]) {
      const shown = await api.call('get', '/groups/acme', person.token);
      expect([shown.status, shown.body]).toEqual([404, { message: '404 Group Not Found' }]);
      const { body } = await api.call('get', '/groups', person.token);
      expect(names(body)).not.toContain('acme');
      const sub = {
        name: 'x',
        path: 'x',
        parent_id: (await api.admin('get', '/groups/acme')).body.id,
      };
      expect((await api.call('post', '/groups', person.token, sub)).status).toBe(404);
    }
  });

  test('an external user starts no group, and a path has one segment', async () => {
    const body = { name: 'x', path: 'mine' };
    expect((await api.call('post', '/groups', outsider.token, body)).status).toBe(403);
    const nested = await api.admin('post', '/groups', { name: 'x', path: 'acme/x' });
    expect(nested.body.error).toMatch(/^path is invalid/);
    expect((await api.admin('post', '/groups', { name: 'x', path: 'acme' })).status).toBe(409);
  });
});

describe('projects', () => {
  test('a project is made in a group, shown, changed, archived and deleted', async () => {
    const group = (await api.admin('get', '/groups/acme')).body.id as number;
    const made = await api.call('post', '/projects', ann.token, {
      path: 'app',
      namespace_id: group,
      visibility: 'internal',
      container_registry_access_level: 'private',
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name: 'app',
      path_with_namespace: 'acme/app',
      namespace: { id: group, kind: 'group', full_path: 'acme' },
      visibility: 'internal',
      container_registry_access_level: 'private',
      archived: false,
    });
    const path = `/projects/${made.body.id}`;
    expect((await api.call('get', '/projects/acme%2Fapp', ann.token)).body).toEqual(made.body);
    const put = await api.call('put', path, ann.token, { builds_access_level: 'disabled' });
    expect(put.body).toMatchObject({ builds_access_level: 'disabled', visibility: 'internal' });
    const archived = await api.call('post', `${path}/archive`, ann.token);
    expect([archived.status, archived.body.archived]).toEqual([201, true]);
    const back = await api.call('post', `${path}/unarchive`, ann.token);
    expect([back.status, back.body.archived]).toEqual([201, false]);
    expect((await api.call('delete', path, ann.token)).status).toBe(202);
    expect((await api.call('get', path, ann.token)).body).toEqual({
      message: '404 Project Not Found',
    });
  });

  test('without a namespace it is in one’s own, and the path follows from the name', async () => {
    const made = await api.call('post', '/projects', ann.token, { name: 'My Shiny App!' });
    expect(made.body).toMatchObject({
      name: 'My Shiny App!',
      path_with_namespace: 'ann/my-shiny-app',
      namespace: { kind: 'user', id: ann.id },
    });
    const other = { path: 'x', namespace_id: 'ann' };
    expect((await api.call('post', '/projects', eve.token, other)).status).toBe(404);
    expect((await api.call('post', '/projects', outsider.token, { path: 'x' })).status).toBe(403);
    const given = await api.admin('post', '/projects', other);
    expect(given.body.path_with_namespace).toBe('ann/x');
    expect((await api.admin('post', '/projects', {})).body.error).toMatch(/^name is missing/);
    expect((await api.admin('post', '/projects', other)).status).toBe(409);
  });

  test('T43: each caller sees what is theirs to see, in the list, by path and by id', async () => {
    for (const visibility of ['private', 'internal', 'public']) {
      await api.admin('post', '/projects', { path: visibility, namespace_id: 'acme', visibility });
    }
    const seen = async (token: string) => {
      const { body, headers } = await api.call('get', '/projects?per_page=100', token);
      const paths = names(body).filter((path) => ['private', 'internal', 'public'].includes(path));
      expect(headers['x-total']).toBe(String(body.length));
      for (const path of ['private', 'internal', 'public']) {
        const { status } = await api.call('get', `/projects/acme%2F${path}`, token);
        expect(status).toBe(paths.includes(path) ? 200 : 404);
      }
      return paths;
    };
    expect(await seen(ann.token)).toEqual(['public', 'internal', 'private']);
    expect(await seen(eve.token)).toEqual(['public', 'internal']);
    expect(await seen(outsider.token)).toEqual(['public']);
    const hidden = (await api.admin('get', '/projects/acme%2Fprivate')).body.id as number;
    for (const method of ['get', 'put', 'delete']) {
      const answer = await api.call(method, `/projects/${hidden}`, eve.token, {});
      expect([answer.status, answer.body]).toEqual([404, { message: '404 Project Not Found' }]);
    }
    expect((await api.call('delete', '/projects/acme%2Fpublic', eve.token)).status).toBe(403);
  });

  test('a page of what is visible is as full as it can be', async () => {
    const first = await api.call('get', '/projects?per_page=1&page=1', eve.token);
    const second = await api.call('get', '/projects?per_page=1&page=2', eve.token);
    expect(first.body).toHaveLength(1);
    expect(second.body).toHaveLength(1);
    expect(first.body[0].id).toBeGreaterThan(second.body[0].id);
    expect(second.headers['x-total']).toBe(first.headers['x-total']);
  });

  test('a Maintainer changes settings, but visibility, archive and delete are the Owner’s', async () => {
    const { id } = (await api.admin('get', '/projects/acme%2Fpublic')).body;
    await api.admin('post', `/projects/${id}/members`, { user_id: eve.id, access_level: 40 });
    const path = `/projects/${id}`;
    expect((await api.call('put', path, eve.token, { name: 'New' })).status).toBe(200);
    expect((await api.call('put', path, eve.token, { visibility: 'private' })).status).toBe(403);
    expect((await api.call('post', `${path}/archive`, eve.token)).status).toBe(403);
    expect((await api.call('delete', path, eve.token)).status).toBe(403);
  });

  test('T43: unknown and foreign fields are refused', async () => {
    const refused = await api.admin('post', '/projects', {
      path: 'y',
      id: 7,
      archived: true,
      managed_by: 'file',
    });
    expect(refused.body.error).toBe(
      'id is unknown here, archived is unknown here, managed_by is unknown here',
    );
    const wrong = await api.admin('post', '/projects', { path: 'y', visibility: 'secret' });
    expect(wrong.body.error).toMatch(/^visibility is invalid/);
    expect(wrong.text).not.toContain('secret');
  });
});
