/** What clients of GitLab and made-up requests have stumbled over. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openApi, type Api } from './support.ts';

let api: Api;
beforeAll(async () => {
  api = await openApi();
  await api.admin('post', '/groups', { name: 'Acme', path: 'acme' });
  await api.admin('post', '/projects', { path: 'app', namespace_id: 'acme' });
});
afterAll(() => api.close());

const statusOf = async (path: string) => (await api.admin('get', path)).status;

test('yes and no as Python writes them', async () => {
  for (const word of ['True', 'False', 'true', '0']) {
    expect(await statusOf(`/projects/1/deploy_tokens?active=${word}`)).toBe(200);
  }
  expect(await statusOf('/projects/1/deploy_tokens?active=yes')).toBe(400);
});

test('keyset pagination is asked of every list, and each answers with a page', async () => {
  const query = 'pagination=keyset&order_by=id&per_page=1';
  for (const list of [
    '/users',
    '/groups',
    '/groups/1/projects',
    '/groups/1/members/all',
    '/projects',
    '/projects/1/members',
    '/projects/1/jobs',
    '/projects/1/deploy_tokens',
    '/projects/1/job_token_scope/allowlist',
    '/projects/1/registry/protection/repository/rules',
    '/projects/1/registry/protection/tag/rules',
    '/deploy_tokens',
    '/personal_access_tokens',
  ]) {
    expect([list, await statusOf(`${list}?${query}`)]).toEqual([list, 200]);
  }
  const rules = '/projects/1/registry/protection/tag/rules';
  for (const tag_name_pattern of ['a', 'b']) {
    await api.admin('post', rules, { tag_name_pattern, minimum_access_level_for_push: 'owner' });
  }
  const { body, headers } = await api.admin('get', `${rules}?${query}`);
  expect([body.length, headers['x-total']]).toEqual([1, '2']);
  expect(headers['link']).toMatch(/[?&]page=2.*rel="next"/);
});

test('as many ids as a list takes fit into a query', async () => {
  const ids = (count: number) => Array.from({ length: count }, () => 'user_ids[]=1').join('&');
  expect(await statusOf(`/projects/1/members?query=x&page=1&per_page=1&${ids(100)}`)).toBe(200);
  expect(await statusOf(`/projects/1/members?${ids(101)}`)).toBe(400);
});

test('a password that GitLab would mail is none of ours to refuse', async () => {
  const body = { username: 'jane', name: 'Jane', reset_password: true };
  expect((await api.admin('post', '/users', body)).status).toBe(201);
});
