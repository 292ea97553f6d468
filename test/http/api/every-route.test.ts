import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { API_ROUTES } from '../../../src/http/api/routes.ts';
import { ADMIN_TOKEN, openApi, type Api } from './support.ts';

let api: Api;
let weak: string;
let nobody: string;
beforeAll(async () => {
  api = await openApi();
  weak = (await api.user('weak', { scopes: ['read_repository'] })).token;
  nobody = (await api.user('nobody')).token;
  await api.admin('post', '/groups', { name: 'acme', path: 'acme' });
  await api.admin('post', '/projects', { path: 'app', namespace_id: 'acme' });
});
afterAll(() => api.close());

const routes = API_ROUTES.map(
  (route) => [`${route.method.toUpperCase()} ${route.path}`, route] as const,
);
/** Without these, a route looks at nothing else of the query or the body. */
const NEEDS: Readonly<Record<string, { readonly query?: string; readonly body?: object }>> = {
  'GET /directory/export': { query: 'kind=users' },
  'POST /directory/import': { body: { kind: 'groups', records: [] } },
};
const at = (path: string): string => `/api/v4${path.replace(/:\w+/g, '1')}`;

test('no route is there twice, and each has a name for the log', () => {
  expect(new Set(routes.map(([name]) => name)).size).toBe(routes.length);
  for (const [, { action }] of routes) expect(action).toMatch(/^[a-z_]+\.[a-z_]+$/);
});

describe.each(routes)('%s', (name, route) => {
  const jobOnly = route.callers === 'job';

  test.each([
    ['nothing', {}],
    ['a made-up token', { 'PRIVATE-TOKEN': 'glpat-000000000000000000000000000000000' }],
    ['a made-up job token', { 'JOB-TOKEN': 'glcbt-000000000000000000000000000000000' }],
    ['a password', { Authorization: 'Basic cm9vdDpwYXNzd29yZA==' }],
  ])('401 for %s', async (_what, headers) => {
    const answer = await api.raw(route.method, at(route.path)).set(headers);
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ message: '401 Unauthorized' });
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="wharfpass"');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('403 for a token without the scope', async () => {
    const answer = await api.raw(route.method, at(route.path)).set('PRIVATE-TOKEN', weak);
    if (jobOnly) expect(answer.status).toBe(401);
    else if (route.scopes === 'any') expect(answer.status).not.toBe(403);
    else expect([answer.status, answer.body.error]).toEqual([403, 'insufficient_scope']);
    if (route.path.endsWith('/self')) {
      weak = (await api.user(`weak-${route.method}`, { scopes: ['read_repository'] })).token;
    }
  });

  test('T43: 400 for a field and for a parameter that it does not have', async () => {
    if (jobOnly) return;
    const needs = NEEDS[name] ?? {};
    const send = (query: string, body: object) =>
      api
        .raw(route.method, `${at(route.path)}?${needs.query ?? ''}${query}`)
        .set('PRIVATE-TOKEN', ADMIN_TOKEN)
        .send({ ...needs.body, ...body });
    const inBody = await send('', { __surprise: true });
    expect(inBody.status).toBe(400);
    expect(inBody.body.error).toContain('__surprise is unknown here');
    const inQuery = await send('&private_token=x', {});
    expect([inQuery.status, inQuery.body.error]).toEqual([400, 'private_token is unknown here']);
  });

  test('T43: to a stranger nothing of a private project or group is there', async () => {
    if (!/^\/(projects|groups)\/:id/.test(route.path)) return;
    const path = at(route.path).replace(/^(\/api\/v4\/(project|group)s)\/1/, (_all, base, kind) =>
      kind === 'project' ? `${base}/acme%2Fapp` : `${base}/acme`,
    );
    const answer = await api.raw(route.method, path).set('PRIVATE-TOKEN', nobody);
    // What is wrong with the body may come first: it tells nothing about the project.
    expect([400, 404]).toContain(answer.status);
    const missing = await api
      .raw(route.method, path.replace(/acme(%2Fapp)?/, 'none%2Fnone'))
      .set('PRIVATE-TOKEN', nobody);
    expect([answer.status, answer.body]).toEqual([missing.status, missing.body]);
  });
});
