/** JOB-22: the owner of a project sees who came with a job token and was refused, and lets them in from there. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openApi, type Api, type Person } from '../http/api/support.ts';

let api: Api;
let owner: Person;
let stranger: Person;
let target: number;
let source: number;
let log: string;

beforeAll(async () => {
  api = await openApi();
  owner = await api.user('owner');
  stranger = await api.user('stranger');
  await api.admin('post', '/groups', { name: 'acme', path: 'acme' });
  const make = async (path: string): Promise<number> =>
    (await api.admin('post', '/projects', { path, namespace_id: 'acme' })).body.id;
  [target, source] = [await make('target'), await make('source')];
  for (const id of [target, source]) {
    const member = { user_id: owner.id, access_level: 40 };
    await api.admin('post', `/projects/${id}/members`, member);
  }
  log = `/projects/${target}/job_token_scope/auth_log`;
  const { clock, store } = api.world;
  const note = (refusedBy: string | null, jobId: number): void => {
    store.jobTokenUses.note(
      {
        targetProjectId: target,
        sourceProjectId: source,
        refusedBy,
        userId: owner.id,
        jobId,
        ip: '192.0.2.7',
      },
      clock.now(),
    );
    clock.advance(1000);
  };
  note('allowlist', 1);
  note('own_project', 2);
  note(null, 3);
  // Uses are written now and then.
  const until = Date.now() + 10_000;
  while ((await api.call('get', log, owner.token)).body.length < 2) {
    if (Date.now() > until) throw new Error('the uses are not written');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});
afterAll(() => api.close());

const DENIED = {
  source_project_path: 'acme/source',
  denied: true,
  refused_by: 'own_project',
  count: 2,
  last_username: 'owner',
  last_job_id: 2,
  last_ip: '192.0.2.7',
};

test('JOB-22: a Maintainer sees who came, how often, and which layer refused', async () => {
  const { body, headers } = await api.call('get', log, owner.token);
  expect(body).toMatchObject([
    { source_project_id: source, denied: false, refused_by: null, count: 1, last_job_id: 3 },
    { source_project_id: source, ...DENIED, last_user_id: owner.id },
  ]);
  expect(headers['x-total']).toBe('2');
  const denied = await api.call('get', `${log}?denied=true`, owner.token);
  expect(denied.body).toMatchObject([DENIED]);
  expect(denied.headers['x-total']).toBe('1');
});

test('JOB-22: as a table for a spreadsheet', async () => {
  const answer = await api
    .raw('get', `/api/v4${log}`)
    .set('PRIVATE-TOKEN', owner.token)
    .set('Accept', 'text/csv');
  expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
  const [head, ...rows] = answer.text.trimEnd().split('\r\n');
  expect(head).toMatch(/^source_project_id,source_project_path,denied,refused_by,count,/);
  expect(rows).toHaveLength(2);
  expect(rows[1]).toMatch(new RegExp(`^${source},"acme/source",true,"own_project",2,`));
});

test('JOB-22: nobody below Maintainer sees it', async () => {
  const strange = await api.call('get', log, stranger.token);
  expect(strange.status).toBe(404);
  const member = { user_id: stranger.id, access_level: 30 };
  await api.admin('post', `/projects/${target}/members`, member);
  expect((await api.call('get', log, stranger.token)).status).toBe(403);
  const body = { source_project_id: source };
  expect((await api.call('post', `${log}/allow`, stranger.token, body)).status).toBe(403);
});

test('JOB-22: lets the source project in, by the rules of the allowlist', async () => {
  const allow = (body: object) => api.call('post', `${log}/allow`, owner.token, body);
  const added = await allow({ source_project_id: source });
  expect([added.status, added.body]).toEqual([
    201,
    { source_project_id: target, target_project_id: source },
  ]);
  const list = await api.call('get', `/projects/${target}/job_token_scope/allowlist`, owner.token);
  expect(list.body).toMatchObject([{ id: source, default_permissions: true }]);
  const [event] = (await api.admin('get', '/audit_events?per_page=1')).body;
  expect(event).toMatchObject({
    type: 'allowlist.changed',
    author: { name: 'owner' },
    target: { id: target },
    details: { change: 'added', source_id: source },
  });

  expect((await allow({ source_project_id: source })).status).toBe(400);
  expect((await allow({ source_project_id: target })).status).toBe(400);
  const hidden = await api.admin('post', '/projects', { path: 'hidden', namespace_id: 'acme' });
  expect((await allow({ source_project_id: hidden.body.id })).status).toBe(404);
});
