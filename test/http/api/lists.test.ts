/** Lists of users, groups and projects: order, filters, both paginations, and what each caller finds. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openApi, type Api, type Answer, type Person } from './support.ts';

let api: Api;
/** Maintainer of acme, and of nothing else; and one who is a member of nothing. */
let ann: Person;
let eve: Person;

beforeAll(async () => {
  api = await openApi();
  ann = await api.user('ann');
  eve = await api.user('eve');
  await api.user('guest', { external: true });
  const acme = await api.admin('post', '/groups', { name: 'Acme', path: 'acme' });
  const team = { name: 'Beta team', path: 'team', parent_id: acme.body.id as number };
  const { id } = (await api.admin('post', '/groups', team)).body as { id: number };
  await api.admin('post', '/groups', { name: 'Crew', path: 'crew', parent_id: id });
  await api.admin('post', '/groups', { name: 'open', path: 'open', visibility: 'public' });
  for (const place of ['acme', 'acme/team', 'acme/team/crew', 'open', 'open']) {
    const path = `${place.replaceAll('/', '-')}-${place === 'open' ? Math.random().toString(36).slice(2, 6) : 'app'}`;
    const visibility = place === 'open' ? 'public' : 'private';
    await api.admin('post', '/projects', { path, namespace_id: place, visibility });
  }
  await api.admin('post', '/groups/acme/members', { user_id: ann.id, access_level: 40 });
  await api.call('post', '/projects', eve.token, { path: 'own' });
});
afterAll(() => api.close());

const names = ({ body }: Answer, field: string): string[] =>
  (body as Record<string, string>[]).map((record) => record[field] ?? '');
const paths = async (path: string, token: string): Promise<string[]> => {
  const answer = await api.call('get', path, token);
  expect([path, answer.status, answer.body]).toEqual([path, 200, expect.any(Array)]);
  return names(answer, path.includes('projects') ? 'path_with_namespace' : 'full_path');
};
const ids = ({ body }: Answer): number[] => (body as { id: number }[]).map(({ id }) => id);
const nextOf = ({ headers }: Answer): string | undefined =>
  /<[^>]*\/api\/v4([^>]*)>; rel="next"/.exec(headers['link'] ?? '')?.[1];

const IN_ACME = ['acme/acme-app', 'acme/team/acme-team-app', 'acme/team/crew/acme-team-crew-app'];

test('without an order, lists are in GitLab’s', async () => {
  const users = ids(await api.admin('get', '/users'));
  expect(users).toEqual(users.toSorted((a, b) => b - a));
  const projects = ids(await api.admin('get', '/projects'));
  expect(projects).toEqual(projects.toSorted((a, b) => b - a));
  const groups = await api.admin('get', '/groups');
  expect(names(groups, 'name')).toEqual(['Acme', 'Beta team', 'Crew', 'open']);
});

test.each([
  ['/projects', 'path'],
  ['/projects', 'name'],
  ['/users', 'username'],
  ['/users', 'name'],
  ['/groups', 'path'],
])('%s in order of %s, up and down', async (path, field) => {
  const up = names(await api.admin('get', `${path}?order_by=${field}&sort=asc`), field);
  expect(up.length).toBeGreaterThan(3);
  expect(up.map((text) => text.toLowerCase())).toEqual(
    up.map((text) => text.toLowerCase()).toSorted(),
  );
  const down = names(await api.admin('get', `${path}?order_by=${field}&sort=desc`), field);
  expect(down).toEqual(up.toReversed());
});

describe('keyset pagination', () => {
  async function walk(path: string, token: string): Promise<{ found: number[]; links: string[] }> {
    const found: number[] = [];
    const links: string[] = [];
    for (let at: string | undefined = path; at !== undefined;) {
      const answer = await api.call('get', at, token);
      expect([at, answer.status]).toEqual([at, 200]);
      expect(
        Object.keys(answer.headers).filter((name) => /^x-(total|page|next)/.test(name)),
      ).toEqual([]);
      found.push(...ids(answer));
      at = nextOf(answer);
      if (at !== undefined) links.push(at);
    }
    return { found, links };
  }

  test.each([
    '/users',
    '/groups',
    '/projects',
    '/groups/acme/projects',
    '/groups/acme/descendant_groups',
  ])('%s: by links alone, in every order, as everybody', async (path) => {
    for (const token of [ann.token, eve.token]) {
      if (path.includes('acme') && token === eve.token) continue;
      for (const order of ['id', 'name', 'created_at']) {
        const query = `order_by=${order}&sort=desc`;
        const whole = ids(await api.call('get', `${path}?per_page=100&${query}`, token));
        const { found, links } = await walk(`${path}?pagination=keyset&per_page=1&${query}`, token);
        expect([order, found]).toEqual([order, whole]);
        expect(links.every((link) => link.includes('pagination=keyset'))).toBe(true);
      }
    }
  });

  test('projects go on after an id, other lists after a cursor', async () => {
    const query = 'pagination=keyset&per_page=1&order_by=id';
    expect(nextOf(await api.admin('get', `/projects?${query}&sort=asc`))).toContain('id_after=1');
    expect(nextOf(await api.admin('get', `/projects?${query}&sort=desc`))).toMatch(/id_before=\d/);
    expect(nextOf(await api.admin('get', `/users?${query}`))).toMatch(/[?&]cursor=[\w-]+/);
  });

  test('a cursor of another order, or of nobody, is refused', async () => {
    const link =
      nextOf(await api.admin('get', '/users?pagination=keyset&per_page=1&order_by=name')) ?? '';
    const cursor = /cursor=([\w-]+)/.exec(link)?.[1] ?? '';
    for (const query of [
      `order_by=id&cursor=${cursor}`,
      'cursor=eyJ9',
      'cursor=e30',
      'cursor=WzEsMl0',
    ]) {
      const { status, body } = await api.admin('get', `/users?pagination=keyset&${query}`);
      expect([query, status, body.error]).toEqual([
        query,
        400,
        expect.stringMatching(/^cursor is invalid/),
      ]);
    }
    expect((await api.admin('get', `/users?order_by=name&cursor=${cursor}`)).status).toBe(400);
  });

  test('a list that has none has numbered pages, and a client that follows links sees no difference', async () => {
    await api.admin('post', '/groups/acme/members', { user_id: eve.id, access_level: 10 });
    const path = '/groups/acme/members?pagination=keyset&per_page=1&order_by=id&sort=asc';
    const first = await api.admin('get', path);
    const second = await api.admin('get', nextOf(first) ?? '');
    expect([...names(first, 'username'), ...names(second, 'username')]).toHaveLength(3 - 1);
    await api.admin('delete', `/groups/acme/members/${eve.id}`);
  });
});

test('by offset one gets no further than GitLab lets one', async () => {
  expect((await api.admin('get', '/projects?per_page=100&page=501')).body).toEqual([]);
  const { status, body } = await api.admin('get', '/projects?per_page=100&page=502');
  expect([status, body.message]).toEqual([405, expect.stringContaining('pagination=keyset')]);
});

test.each([
  ['/projects', 3],
  ['/projects?membership=true', 3],
  ['/projects?min_access_level=40', 3],
  ['/projects?owned=true', 0],
  ['/projects?min_access_level=50', 0],
  ['/projects?visibility=private', 3],
  ['/projects?visibility=public', 0],
  ['/projects?search=CREW', 1],
  ['/projects?search=acme/team', 0],
  ['/projects?search=acme/team&search_namespaces=true', 2],
  ['/projects?archived=true', 0],
  ['/projects?archived=false&membership=1', 3],
  ['/groups/acme/projects', 1],
  ['/groups/acme/projects?include_subgroups=true', 3],
  ['/groups/acme%2Fteam/projects?include_subgroups=true&search=crew', 1],
])('%s: ann finds %i projects of acme', async (path, count) => {
  const found = (await paths(path, ann.token)).filter((name) => name.startsWith('acme/'));
  expect(found).toHaveLength(count);
  expect(found.every((name) => IN_ACME.includes(name))).toBe(true);
});

test('who is no member finds nothing of a private group, and it is not there at all', async () => {
  const seen = await paths('/projects', eve.token);
  expect(seen).toHaveLength(3);
  expect(seen.filter((name) => name.startsWith('acme/'))).toEqual([]);
  expect(await paths('/projects?owned=true', eve.token)).toEqual(['eve/own']);
  for (const list of ['projects', 'subgroups', 'descendant_groups']) {
    expect((await api.call('get', `/groups/acme/${list}`, eve.token)).status).toBe(404);
  }
});

test('the projects in the namespace of a user, named or numbered', async () => {
  expect(await paths('/users/eve/projects', eve.token)).toEqual(['eve/own']);
  expect(await paths(`/users/${eve.id}/projects`, eve.token)).toEqual(['eve/own']);
  expect(await paths('/users/eve/projects', ann.token)).toEqual([]);
  expect((await api.call('get', '/users/nobody/projects', ann.token)).status).toBe(404);
});

test('groups below a group, above none, and only one’s own', async () => {
  expect(await paths('/groups/acme/subgroups', ann.token)).toEqual(['acme/team']);
  const below = ['acme/team', 'acme/team/crew'];
  expect(await paths('/groups/acme/descendant_groups', ann.token)).toEqual(below);
  expect(await paths('/groups', ann.token)).toEqual(['acme', ...below, 'open']);
  expect(await paths('/groups?all_available=false', ann.token)).toEqual(['acme', ...below]);
  expect(await paths('/groups?top_level_only=true', ann.token)).toEqual(['acme', 'open']);
  expect(await paths('/groups?owned=true', ann.token)).toEqual([]);
  expect(await paths('/groups', eve.token)).toEqual(['open']);
  const [acme = 0] = ids(await api.call('get', '/groups?search=acme', ann.token));
  expect(await paths(`/groups?skip_groups[]=${acme}&top_level_only=1`, ann.token)).toEqual([
    'open',
  ]);
  expect(await paths(`/groups?skip_groups=${acme}`, ann.token)).toEqual([...below, 'open']);
});

test('a simple project has fewer fields', async () => {
  const { body } = await api.admin('get', '/projects?simple=true&per_page=1');
  expect(Object.keys((body as object[])[0] ?? {})).toEqual([
    'id',
    'name',
    'path',
    'path_with_namespace',
    'namespace',
    'created_at',
  ]);
});

test('users by state, kind and time, for administrators', async () => {
  const found = async (query: string) =>
    names(await api.admin('get', `/users?order_by=username&sort=asc&${query}`), 'username');
  expect(await found('')).toEqual(['ann', 'eve', 'guest', 'root']);
  expect(await found('external=true')).toEqual(['guest']);
  expect(await found('exclude_external=true')).toEqual(['ann', 'eve', 'root']);
  expect(await found('external=true&exclude_external=true')).toEqual([]);
  expect(await found('admins=true')).toEqual(['root']);
  expect(await found('username=EVE')).toEqual(['eve']);
  expect(await found('username=eve&external=true')).toEqual([]);
  expect(await found('username=acme')).toEqual([]);
  expect(await found('created_after=2100-01-01')).toEqual([]);
  expect(await found('created_before=2100-01-01')).toHaveLength(4);
  await api.admin('post', `/users/${eve.id}/block`);
  expect(await found('blocked=true')).toEqual(['eve']);
  expect(await found('active=true')).toEqual(['ann', 'guest', 'root']);
  await api.admin('post', `/users/${eve.id}/unblock`);
});

test.each(['external', 'exclude_external', 'admins'])(
  'T43: nobody else filters by %s',
  async (field) => {
    expect((await api.call('get', `/users?${field}=true`, ann.token)).status).toBe(403);
    expect((await api.call('get', `/users?${field}=false`, ann.token)).status).toBe(200);
  },
);

test('members by name and by id', async () => {
  const found = async (query: string) =>
    names(await api.admin('get', `/groups/acme/members?${query}`), 'username');
  expect(await found('query=AN')).toEqual(['ann']);
  expect(await found(`user_ids[]=${ann.id}`)).toEqual(['ann']);
  expect(await found(`user_ids=${eve.id},${ann.id}`)).toEqual(['ann']);
  expect(await found(`user_ids=${eve.id}`)).toEqual([]);
  const all = await api.admin('get', '/projects/acme%2Fteam%2Facme-team-app/members/all?query=ann');
  expect([all.headers['x-total'], names(all, 'username')]).toEqual(['1', ['ann']]);
});

test('what is no order, and what is no filter, is refused by name', async () => {
  const { status, body } = await api.admin('get', '/projects?order_by=updated_at&starred=true');
  expect(status).toBe(400);
  expect(body.error).toMatch(/order_by is invalid/);
  expect(body.error).toMatch(/starred is unknown here/);
});

test('the version, for clients that ask for it first', async () => {
  const { body } = await api.call('get', '/version', ann.token);
  expect(body).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+/), revision: 'wharfpass' });
  const metadata = await api.call('get', '/metadata', ann.token);
  expect(metadata.body).toMatchObject({ ...body, enterprise: false, kas: { enabled: false } });
});
