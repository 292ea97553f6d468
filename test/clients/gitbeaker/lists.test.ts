/** @gitbeaker/rest: how it walks lists, signs in and shows refusals. */
import { Gitlab } from '@gitbeaker/rest';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ADMIN_TOKEN, openApi, type Api, type Person } from '../../http/api/support.ts';
import { refusal } from './errors.ts';

let api: Api;
let root: InstanceType<typeof Gitlab>;
let jane: Person;
beforeAll(async () => {
  api = await openApi();
  root = new Gitlab({ host: api.url, token: ADMIN_TOKEN });
  jane = await api.user('jane');
  for (let number = 1; number <= 5; number++) {
    await root.Projects.create({ path: `app-${number}`, visibility: 'public' });
  }
});
afterAll(() => api.close());

const five = [1, 2, 3, 4, 5].map((number) => `app-${number}`);
const paths = (list: readonly { path: string }[]) => list.map(({ path }) => path);

test('offset pagination, page by page and one page alone', async () => {
  expect(paths(await root.Projects.all({ perPage: 2 }))).toEqual(five.toReversed());
  expect(paths(await root.Projects.all({ perPage: 2, maxPages: 2 }))).toHaveLength(4);
  const page = await root.Projects.all({
    pagination: 'offset',
    perPage: 2,
    page: 2,
    showExpanded: true,
  });
  expect(paths(page.data)).toEqual(['app-3', 'app-2']);
  expect(page.paginationInfo).toEqual({
    total: 5,
    next: 3,
    current: 2,
    previous: 1,
    perPage: 2,
    totalPages: 3,
  });
});

test('keyset pagination, up and down, as everybody', async () => {
  const keyset = { pagination: 'keyset', perPage: 2, orderBy: 'id' } as const;
  const someone = new Gitlab({ host: api.url, token: jane.token });
  for (const gitlab of [root, someone]) {
    expect(paths(await gitlab.Projects.all({ ...keyset, sort: 'asc' }))).toEqual(five);
    expect(paths(await gitlab.Projects.all({ ...keyset, sort: 'desc' }))).toEqual(
      five.toReversed(),
    );
  }
  const all = await root.Projects.all({ ...keyset, sort: 'asc', showExpanded: true });
  expect(paths(all.data)).toEqual(five);
  expect(await root.Users.all({ ...keyset, sort: 'asc' } as never)).toHaveLength(2);
  await root.Groups.create('One', 'one');
  await root.Groups.create('Two', 'two');
  await root.Groups.create('Three', 'three');
  expect(await root.Groups.all({ ...keyset, sort: 'asc' } as never)).toHaveLength(3);
});

test('what is under a user and under a group', async () => {
  await root.Groups.create('Acme', 'acme');
  await root.Groups.create('Tools', 'tools', { parentId: (await root.Groups.show('acme')).id });
  await root.Projects.create({ path: 'lib', namespaceId: 'acme/tools' as never });
  expect(paths(await root.Projects.all({ userId: '1' }))).toEqual(expect.arrayContaining(five));
  expect(paths(await root.Groups.allSubgroups('acme'))).toEqual(['tools']);
  expect(paths(await root.Groups.allProjects('acme/tools'))).toEqual(['lib']);
  expect(paths(await root.Groups.allProjects('acme', { includeSubgroups: true }))).toEqual(['lib']);
  expect(await root.Metadata.show()).toMatchObject({ version: expect.any(String) });
});

test('a bearer token, and camel case for those who ask for it', async () => {
  const { token } = jane;
  const gitlab = new Gitlab({ host: api.url, oauthToken: token, camelize: true });
  expect(await gitlab.Users.showCurrentUser()).toMatchObject({ twoFactorEnabled: false });
});

test('refusals say what is wrong', async () => {
  const gitlab = new Gitlab({ host: api.url, token: jane.token });
  const reader = new Gitlab({
    host: api.url,
    token: (await api.user('r', { scopes: ['read_user'] })).token,
  });
  const nobody = new Gitlab({ host: api.url, token: 'glpat-000000000000000000000000000000000' });
  expect(await refusal(nobody.Users.all())).toBe('401 401 Unauthorized');
  expect(await refusal(gitlab.Users.create({ username: 'x' }))).toBe('403 403 Forbidden');
  expect(await refusal(reader.Projects.all())).toBe('403 insufficient_scope');
  expect(await refusal(gitlab.Projects.show('no/such'))).toBe('404 404 Project Not Found');
  const twice = root.Projects.create({ path: 'app-1' });
  expect(await refusal(twice)).toMatch(/^409 .*root\/app-1/);
  const wrong = root.DeployTokens.create('x', ['sudo' as never], {
    projectId: 1,
    colour: 'red',
  } as never);
  expect(await refusal(wrong)).toBe(
    '400 scopes.0 is invalid: sudo has no meaning here; the scopes are read_registry, write_registry, read_repository, colour is unknown here',
  );
});
