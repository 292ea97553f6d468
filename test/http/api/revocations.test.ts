/** POST /revocations, as an administrator in a hurry uses it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Authenticate } from '../../../src/credential/authenticate.ts';
import { Secret } from '../../../src/credential/secret.ts';
import type { ProjectRecord, UserRecord } from '../../../src/store/records.ts';
import { authenticatorOf, openApi, type Api, type Person } from './support.ts';

const HOUR = 3_600_000;

let api: Api;
let jane: Person;
let root: Person;
let app: ProjectRecord;
let site: ProjectRecord;
let asJane: UserRecord;
let authenticate: Authenticate;

beforeAll(async () => {
  api = await openApi(`deploy_tokens: {automatic: all_non_public}
credentials: {prefixes: {deploy_token: [gldt-, old-]}}
token: {ttl: {pull: 600, push: 120, delete: 60}}
`);
  jane = await api.user('jane');
  root = await api.user('root2');
  await api.admin('put', `/users/${root.id}`, { admin: true });
  await api.admin('post', '/groups', { name: 'acme', path: 'acme' });
  app = await api.world.project('acme/app');
  site = await api.world.project('acme/site', { jobTokenAfterJob: 'read' });
  authenticate = authenticatorOf(api.world);
  asJane = (await api.world.store.directory.userByUsername('jane')) as UserRecord;
});
afterAll(() => api.close());

const revoke = async (body: object) => {
  const answer = await api.admin('post', '/revocations', body);
  expect([answer.status, answer.text.slice(0, 300)]).toEqual([200, expect.any(String)]);
  return answer.body;
};
const job = async (project: ProjectRecord, runner: number, more: object = {}) => {
  const body = { username: 'jane', runner: { id: runner }, name: `of ${runner}`, ...more };
  const { body: started } = await api.admin('post', `/projects/${project.id}/jobs`, body);
  return started as { id: number; token: string; variables: { key: string; value: string }[] };
};
const statusOf = async ({ id }: { id: number }, project = app) =>
  (await api.admin('get', `/projects/${project.id}/jobs/${id}`)).body.status as string;
/** Whether the token endpoint lets them in. */
const login = async (username: string, password: string): Promise<boolean> =>
  (await authenticate({ kind: 'basic', username, secret: new Secret(password) })).kind ===
  'authenticated';
const events = async (run: string) => {
  const { body } = await api.admin('get', '/audit_events?per_page=100');
  return (body as { type: string; details: Record<string, unknown>; target: object }[]).filter(
    ({ details, target }) =>
      details['revocation'] === run || (target as { path?: string } | undefined)?.path === run,
  );
};

describe('a runner was compromised', () => {
  test('its jobs and their passwords end, and no others; tokens that they were shown are told of', async () => {
    const [mine, theirs, ended] = [await job(app, 17), await job(app, 18), await job(site, 17)];
    const path = `/projects/${site.id}/jobs/${ended.id}`;
    expect((await api.admin('put', path, { status: 'success' })).status).toBe(200);
    expect(await login('gitlab-ci-token', ended.token)).toBe(true);

    const dry = await revoke({ runner_id: 17, dry_run: true });
    expect(dry).toMatchObject({
      dry_run: true,
      revoked: { jobs: 1, converted_tokens: 1, deploy_tokens: 0 },
      remaining: false,
      cursor: null,
      registry_tokens_expire_at: null,
    });
    expect(await statusOf(mine)).toBe('running');
    expect(await events(dry.run)).toEqual([]);

    const done = await revoke({ runner_id: 17 });
    expect(done.revoked).toEqual({ ...dry.revoked });
    expect(
      done.credentials.map(({ kind, id }: { kind: string; id: number }) => [kind, id]),
    ).toEqual([
      ['jobs', mine.id],
      ['converted_tokens', expect.any(Number)],
    ]);
    expect(done.registry_tokens_expire_at).toBe(
      new Date(api.world.clock.now() + 600_000).toISOString(),
    );
    expect([await statusOf(mine), await statusOf(theirs)]).toEqual(['canceled', 'running']);
    expect(await login('gitlab-ci-token', mine.token)).toBe(false);
    expect(await login('gitlab-ci-token', ended.token)).toBe(false);
    expect(await login('gitlab-ci-token', theirs.token)).toBe(true);
    expect(done.untouched).toEqual([
      { kind: 'personal_access_tokens', criteria: ['runner_id'] },
      { kind: 'refresh_tokens', criteria: ['runner_id'] },
      { kind: 'deploy_tokens', criteria: ['runner_id'] },
    ]);
    const shown = done.deploy_tokens_shown;
    expect(shown.action).toBe('report');
    expect(shown.tokens.map((token: { project_id: number }) => token.project_id)).toEqual([
      app.id,
      site.id,
    ]);
    const told = await events(done.run);
    expect(told.map(({ type }) => type).toSorted()).toEqual([
      'converted_token.revoked',
      'job.finished',
      'revocation.bulk',
    ]);
    expect(told.find(({ type }) => type === 'revocation.bulk')?.details).toMatchObject({
      runner_id: 17,
      kinds: ['jobs', 'converted_tokens'],
    });
    const again = await revoke({ runner_id: 17 });
    expect(again.credentials).toEqual([]);
  });

  test('a job that the CI system says has been canceled, afterwards, gets no password back', async () => {
    const mine = await job(site, 27);
    await revoke({ runner_id: 27 });
    const path = `/projects/${site.id}/jobs/${mine.id}`;
    expect((await api.admin('put', path, { status: 'canceled' })).status).toBe(200);
    expect(await login('gitlab-ci-token', mine.token)).toBe(false);
  });

  test('only jobs that lived in the window', async () => {
    const at = (ms: number) => new Date(ms).toISOString();
    const early = await job(site, 37);
    await api.admin('put', `/projects/${site.id}/jobs/${early.id}`, { status: 'failed' });
    api.world.clock.advance(HOUR / 4);
    const moment = api.world.clock.now();
    const late = await job(site, 37);
    api.world.clock.advance(1000);
    const none = await revoke({ runner_id: 37, before: at(moment - HOUR / 2) });
    expect(none.credentials).toEqual([]);
    await revoke({ runner_id: 37, after: at(moment) });
    expect(await statusOf(late, site)).toBe('canceled');
    expect(await login('gitlab-ci-token', early.token)).toBe(true);
    await revoke({ runner_id: 37, before: at(moment) });
    expect(await login('gitlab-ci-token', early.token)).toBe(false);
  });

  test('automatic deploy tokens that its jobs were shown get a new secret at once, if asked', async () => {
    const mine = await job(app, 47);
    const [user = '', password = ''] = ['CI_DEPLOY_USER', 'CI_DEPLOY_PASSWORD'].map(
      (wanted) => mine.variables.find(({ key }) => key === wanted)?.value,
    );
    expect(await login(user, password)).toBe(true);
    await api.admin('put', `/projects/${app.id}/jobs/${mine.id}`, { status: 'success' });
    api.world.clock.advance(HOUR);
    const body = { runner_id: 47, deploy_tokens_shown: 'rotate' };
    const { deploy_tokens_shown: shown, run } = await revoke(body);
    expect(shown).toMatchObject({ action: 'rotate', tokens: [{ username: user }] });
    expect(await login(user, password)).toBe(false);
    expect((await events(run)).map(({ type }) => type)).toContain('deploy_token.rotated');
    expect((await revoke(body)).deploy_tokens_shown.tokens).toEqual([]);
    const next = await job(app, 48);
    const fresh = next.variables.find(({ key }) => key === 'CI_DEPLOY_PASSWORD')?.value ?? '';
    expect(fresh).not.toBe(password);
    expect(await login(user, fresh)).toBe(true);
    await revoke({ runner_id: 48, deploy_tokens_shown: 'revoke' });
    expect(await login(user, fresh)).toBe(false);
  });
});

describe('who and what else', () => {
  test('the issuer of jobs and deploy tokens is the user whose token made them', async () => {
    const body = { name: 'x', scopes: ['read_registry'] };
    const path = `/projects/${app.id}/deploy_tokens`;
    const mine = await api.call('post', path, root.token, body);
    const others = await api.admin('post', path, body);
    const started = await api.call('post', `/projects/${app.id}/jobs`, root.token, {
      username: 'jane',
    });
    expect([mine.status, others.status, started.status]).toEqual([201, 201, 201]);
    const done = await revoke({ issuer: 'root2' });
    expect(done.revoked).toMatchObject({ jobs: 1, deploy_tokens: 1 });
    expect(await login(mine.body.username, mine.body.token)).toBe(false);
    expect(await login(others.body.username, others.body.token)).toBe(true);
    expect(await statusOf(started.body)).toBe('canceled');
    // What somebody made outlives them, so their number need not be anybody's.
    expect((await revoke({ issuer: 4_711 })).credentials).toEqual([]);
  });

  test('a person left: their tokens and jobs, with the id or the name', async () => {
    const mine = await job(app, 1);
    const done = await revoke({ user: jane.id });
    expect(done.revoked.personal_access_tokens).toBe(1);
    expect(done.credentials).toContainEqual(expect.objectContaining({ kind: 'jobs', id: mine.id }));
    expect((await api.call('get', '/user', jane.token)).status).toBe(401);
    expect((await revoke({ user: 'jane' })).credentials).toEqual([]);
  });

  test('a group means all that is under it, and kinds narrow what goes', async () => {
    const path = `/groups/acme/deploy_tokens`;
    const groups = await api.admin('post', path, { name: 'x', scopes: ['read_registry'] });
    const running = await job(app, 2);
    const done = await revoke({ group: 'acme', kinds: ['deploy_tokens'] });
    const ids = done.credentials.map(({ id }: { id: number }) => id);
    expect(ids).toContain(groups.body.id);
    expect(await login(groups.body.username, groups.body.token)).toBe(false);
    expect(await statusOf(running)).toBe('running');
    expect((await revoke({ group: 'acme', project: app.fullPath })).revoked.jobs).toBe(1);
  });

  test('a prefix means the whole kind, and says so where the kind has others', async () => {
    const { secret, username } = await api.world.deployToken(app, ['read_registry']);
    expect(secret).toMatch(/^gldt-/);
    const done = await revoke({ secret_prefix: 'old-', project: 'acme/app' });
    expect(done.revoked.deploy_tokens).toBeGreaterThan(0);
    expect(done.notes).toEqual([expect.stringMatching(/also begin with gldt-.*kept nowhere/)]);
    expect(await login(username, secret)).toBe(false);
    expect((await revoke({ secret_prefix: 'gldt-' })).notes).toHaveLength(1);
    expect((await revoke({ secret_prefix: 'glpat-', dry_run: true })).notes).toEqual([]);
  });

  test('the token that asks is left out, unless it is asked for, and then goes last', async () => {
    const { id, secret } = await api.world.personalAccessToken(
      (await api.world.store.directory.user(root.id)) as UserRecord,
      ['api'],
    );
    const ask = (body: object) => api.call('post', '/revocations', secret, body);
    const first = await ask({ user: 'root2' });
    expect(first.body).toMatchObject({
      self_left_out: true,
      revoked: { personal_access_tokens: 1 },
    });
    expect((await ask({ user: 'root2' })).body.credentials).toEqual([]);
    const last = await ask({ user: 'root2', include_self: true });
    expect(last.body).toMatchObject({ self_left_out: false, credentials: [{ id }] });
    expect((await ask({ user: 'root2' })).status).toBe(401);
  });
});

describe('parts', () => {
  test('500 at once, and the cursor goes on', async () => {
    const { store, clock } = api.world;
    const holder = { kind: 'project', id: site.id } as const;
    const made = Array.from({ length: 510 }, (_, n) => ({
      holder,
      name: 'many',
      username: null,
      scopes: ['read_registry'],
      expiresAt: null,
      createdBy: asJane.id,
      hash: `many ${n}`,
    }));
    await Promise.all(made.map((token) => store.deployTokens.create(token, clock.now())));
    const body = { issuer: 'jane', kinds: ['deploy_tokens'] };
    const first = await revoke(body);
    expect(first).toMatchObject({ remaining: true, revoked: { deploy_tokens: 500 } });
    const other = { ...body, issuer: 'root2', cursor: first.cursor };
    const refused = await api.admin('post', '/revocations', other);
    expect([refused.status, refused.body.error]).toEqual([400, expect.stringMatching(/^cursor/)]);
    const rest = await revoke({ ...body, cursor: first.cursor });
    expect(rest).toMatchObject({ remaining: false, revoked: { deploy_tokens: 10 } });
    expect(rest.run).toBe(first.run);
    const told = await events(first.run);
    expect(told.filter(({ type }) => type === 'revocation.bulk').length).toBeLessThanOrEqual(1);
    // The part is done already: asking for it again finds nothing.
    expect((await revoke({ ...body, cursor: first.cursor })).credentials).toEqual([]);
  });
});

describe('by the secret', () => {
  const secret = async (text: string) =>
    (await api.admin('post', '/revocations/secret', { secret: text })).body;

  test.each(['deploy_tokens', 'personal_access_tokens', 'jobs'])('of %s', async (kind) => {
    const made: Record<string, () => Promise<string>> = {
      deploy_tokens: async () => (await api.world.deployToken(app, ['read_registry'])).secret,
      personal_access_tokens: async () =>
        (await api.world.personalAccessToken(asJane, ['read_registry'])).secret,
      jobs: async () => (await job(site, 3)).token,
    };
    const text = (await made[kind]?.()) ?? '';
    const [user] = kind === 'jobs' ? ['gitlab-ci-token'] : ['jane'];
    expect(await secret(text)).toMatchObject({
      found: true,
      was_live: true,
      credential: { kind },
      registry_tokens_expire_at: expect.any(String),
    });
    expect(await login(user ?? '', text)).toBe(false);
    expect(await secret(text)).toMatchObject({ found: true, was_live: false });
  });

  test('of a password whose job has ended', async () => {
    const { id, token } = await job(site, 3);
    await api.admin('put', `/projects/${site.id}/jobs/${id}`, { status: 'success' });
    expect(await login('gitlab-ci-token', token)).toBe(true);
    expect(await secret(token)).toMatchObject({ found: true, was_live: true });
    expect(await login('gitlab-ci-token', token)).toBe(false);
  });

  test('of nobody', async () => {
    for (const text of ['nobody’s', 'gldt-x', 'glrtej-ey.x.y', 'glcbt-ey.x.y']) {
      expect(await secret(text)).toEqual({
        found: false,
        was_live: false,
        credential: null,
        registry_tokens_expire_at: null,
      });
    }
  });
});

describe('what is refused', () => {
  test.each([
    ['no criterion', { dry_run: true }, /at least one criterion/],
    ['kinds alone', { kinds: ['jobs'] }, /at least one criterion/],
    ['a kind that knows no runner', { runner_id: 1, kinds: ['deploy_tokens'] }, /runner_id/],
    ['criteria that nothing has together', { runner_id: 1, secret_prefix: 'gldt-' }, /nothing can/],
    ['a prefix of nothing', { secret_prefix: 'x-' }, /one of glpat-/],
    ['more than a prefix', { secret_prefix: 'gldt-abc' }, /kept nowhere/],
    ['a window that is none', { after: '2027-01-02', before: '2027-01-01' }, /later than after/],
    ['a window to come', { after: '2999-01-01' }, /in the past/],
    ['a cursor that is none', { user: 'jane', cursor: 'x' }, /earlier answer/],
    ['an unknown field', { user: 'jane', all: true }, /all/],
  ])('%s', async (_what, body, error) => {
    const answer = await api.admin('post', '/revocations', body);
    expect([answer.status, answer.body.error]).toEqual([400, expect.stringMatching(error)]);
  });

  test.each([
    [{ project: 'acme/none' }, '404 Project Not Found'],
    [{ group: 'none' }, '404 Group Not Found'],
    [{ user: 'nobody' }, '404 User Not Found'],
    [{ user: 4_711 }, '404 User Not Found'],
    [{ issuer: 'nobody' }, '404 User Not Found'],
  ])('what is not there: %j', async (body, message) => {
    const answer = await api.admin('post', '/revocations', body);
    expect([answer.status, answer.body.message]).toEqual([404, message]);
  });

  test('whoever is no administrator', async () => {
    const eve = await api.user('eve');
    for (const path of ['/revocations', '/revocations/secret']) {
      const body = path === '/revocations' ? { user: 'eve' } : { secret: eve.token };
      expect((await api.call('post', path, eve.token, body)).status).toBe(403);
    }
    expect((await api.call('get', '/user', eve.token)).status).toBe(200);
  });
});
