/** The stream of a whole server: decisions, changes, the directory file and the metrics, and never a secret. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../../src/credential/secret.ts';
import { samplesOf } from '../metrics/page.ts';
import { startServer, type RunningServer } from '../../src/compose.ts';
import { get, post, type Ask } from '../support/token-server.ts';
import { openWorld, type World } from '../support/world.ts';
import { eventsOf, filesOf } from './folder.ts';

const JOB_LOGIN = 'gitlab-ci-token';
const PASSWORD = 'a-password-of-jane';

const DIRECTORY = 'users: {filed: {}}\ngroups: {kept: {}}\n';

let server: World & { readonly running: RunningServer; readonly url: string };
let admin: string;
/** Every secret that the run has used or was shown. */
const secrets: string[] = [PASSWORD];

const folder = (): string => join(server.settings.data_dir, 'audit');

async function api(method: string, path: string, body?: object) {
  const response = await fetch(`${server.url}/api/v4${path}`, {
    method,
    headers: { 'PRIVATE-TOKEN': admin, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, body: text === '' ? null : JSON.parse(text) };
}
const events = async (query: string) => (await api('GET', `/audit_events?${query}`)).body;

beforeAll(async () => {
  const world = await openWorld(
    'audit: {stdout: true}\ndirectory: {file: directory.yml}\njobs: {extended_token: {enabled: true}}\n',
  );
  const { settings, clock, logged } = world;
  await writeFile(settings.directory.file ?? '', DIRECTORY);
  const running = await startServer({ settings, clock, log: logged.log });
  server = { ...world, running, url: running.url };
  admin = (await readFile(server.running.adminTokenPath ?? '', 'utf8')).trim();
  secrets.push(admin);
});
afterAll(async () => {
  await server.running.close();
  await server.close();
});

test('the directory file leaves events in the name of the system', async () => {
  const all = await events('author=system');
  const found = all.slice(0, 2);
  expect(all.slice(2)).toMatchObject([
    { type: 'personal_access_token.created', target: { path: 'administration' } },
    { type: 'user.created', target: { kind: 'user', path: 'root' } },
  ]);
  expect(found).toMatchObject([
    { type: 'group.created', target: { kind: 'group', path: 'kept' }, author: { kind: 'system' } },
    { type: 'user.created', target: { kind: 'user', path: 'filed' } },
  ]);
  expect(found[0].target.id).toEqual(expect.any(Number));
  expect(found[0].details.file).toMatch(/directory\.yml$/);
});

test('JOB-16 JOB-30: a full run leaves who, what, and why not in every sink, and no secret in any', async () => {
  const jane = await server.user('jane', { password: new Secret(PASSWORD) });
  const app = await server.project('jane/app');
  const other = await server.project('jane/other');
  const token = await server.personalAccessToken(jane, ['read_registry', 'api']);
  const deploy = await server.deployToken(app, ['read_registry']);
  secrets.push(token.secret, deploy.secret);
  const jobs: { id: number; token: string }[] = [];
  for (const token_format of ['jwt', 'opaque']) {
    const { status, body } = await api('POST', `/projects/${app.id}/jobs`, {
      user_id: jane.id,
      token_format,
      pipeline_id: 11,
      runner: { id: 5, executor: 'docker', features: { extended_job_token: true } },
    });
    expect(status).toBe(201);
    jobs.push({ id: body.id, token: body.token });
    const hidden = new Set(['CI_JOB_TOKEN', 'CI_REGISTRY_PASSWORD', 'CI_DEPLOY_PASSWORD']);
    for (const { key, value } of body.variables) if (hidden.has(key)) secrets.push(value);
    secrets.push(body.token);
  }
  const made = await api('POST', `/projects/${app.id}/deploy_tokens`, {
    name: 'second',
    scopes: ['read_registry'],
  });
  secrets.push(made.body.token);
  await api('PUT', `/users/${jane.id}`, { password: `${PASSWORD}-2` });

  const scope = ['repository:jane/app:pull,push', 'repository:jane/other:pull,push'];
  const [first, second] = jobs;
  const logins: readonly (readonly [string, string])[] = [
    ['jane', `${PASSWORD}-2`],
    ['jane', token.secret],
    [deploy.username, deploy.secret],
    [JOB_LOGIN, first?.token ?? ''],
    [JOB_LOGIN, second?.token ?? ''],
    // Where people put a secret by mistake.
    [token.secret, 'x'],
    [JOB_LOGIN, token.secret],
    ['jane', 'glpat-of-nobody-at-all-00000000'],
  ];
  for (const as of logins) {
    for (const ask of [get, post]) await ask(server, { as, scope } satisfies Ask);
  }
  await get(server, { scope });
  for (const { id } of jobs) {
    await api('PUT', `/projects/${app.id}/jobs/${id}`, { status: 'success' });
  }
  await get(server, { as: [JOB_LOGIN, first?.token ?? ''], scope });

  const [issued] = await events(`job_id=${first?.id}&type=token.issued&per_page=1`);
  expect(issued).toMatchObject({
    type: 'token.issued',
    author: { kind: 'job', id: first?.id, user_id: jane.id },
    ip: '127.0.0.1',
    request_id: expect.any(String),
    details: {
      outcome: 'narrowed',
      project_id: app.id,
      pipeline_id: 11,
      runner_id: 5,
      user: 'jane',
      granted: expect.stringContaining('repository:jane/app:'),
      jti: expect.any(String),
      extended: false,
      converted: false,
    },
  });
  expect(issued.details.refused).toContainEqual(
    expect.stringMatching(/^repository:jane\/other:push (own_project|allowlist)$/),
  );
  expect(issued.details.project_ids).toEqual([app.id, other.id]);
  expect(await events(`project_id=${other.id}&type=token.issued&per_page=100`)).toContainEqual(
    issued,
  );
  const refused = await events('outcome=refused&per_page=100');
  expect(refused.length).toBeGreaterThanOrEqual(5);
  expect(refused[0]).toMatchObject({ type: 'token.refused', author: { kind: 'unknown' } });

  // Every sink, and what is read from one.
  const { text } = await api('GET', '/audit_events?per_page=100');
  const files = await Promise.all(
    filesOf(folder()).map((name) => readFile(join(folder(), name), 'utf8')),
  );
  const everything = [text, server.logged.text(), ...files].join('\n');
  expect(server.logged.lines('audit')).toHaveLength(eventsOf(folder()).length);
  expect(secrets.length).toBeGreaterThan(8);
  for (const secret of secrets)
    expect([secret, everything.includes(secret)]).toEqual([secret, false]);
  expect(everything).not.toMatch(/scrypt|"hash"|tokenHash|"sealed"/);
});

describe('JOB-22', () => {
  test('what a job was refused elsewhere is in the log of the project that it came to', async () => {
    const [app, other] = await Promise.all(
      ['jane/app', 'jane/other'].map((path) => server.store.directory.project(path)),
    );
    const until = Date.now() + 10_000;
    const path = `/projects/${other?.id}/job_token_scope/auth_log?denied=true`;
    let rows = (await api('GET', path)).body;
    while (rows.length === 0 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      rows = (await api('GET', path)).body;
    }
    expect(rows).toMatchObject([
      { source_project_id: app?.id, source_project_path: 'jane/app', denied: true },
    ]);
    expect(rows[0].last_username).toBe('jane');
    expect((await api('GET', path.replace(String(other?.id), String(app?.id)))).body).toEqual([]);
  });
});

test('the metrics count events by type, and none is lost', async () => {
  const page = await (await fetch(server.running.metricsUrl ?? '')).text();
  const samples = samplesOf(page);
  const counted = (type: string) =>
    samples.find(
      ({ name, labels }) => name === 'wharfpass_audit_events_total' && labels['type'] === type,
    )?.value;
  expect(counted('token.issued')).toBeGreaterThan(8);
  expect(counted('job.started')).toBe(2);
  expect(counted('user.deleted')).toBe(0);
  expect(samples.find(({ name }) => name === 'wharfpass_audit_lost_events_total')?.value).toBe(0);
});

test('a reload that changes something is an event, and one that does not is none', async () => {
  const before = (await events('author=system')).length;
  await server.running.reloadDirectory();
  expect(await events('author=system')).toHaveLength(before);
  const file = server.settings.directory.file ?? '';
  await writeFile(file, 'users: {filed: {state: blocked}}\ngroups: {kept: {}}\n');
  await server.running.reloadDirectory();
  expect((await events('author=system'))[0]).toMatchObject({
    type: 'user.blocked',
    target: { path: 'filed' },
  });
});
