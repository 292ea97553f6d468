import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LAYERS } from '../../../src/policy/decision.ts';
import { openApi, type Answer, type Api, type Person } from './support.ts';

let api: Api;
let maintainer: Person;
let jane: Person;
let stranger: Person;
const EXPLAIN = '/registry_access/explain';
const LIB = 'repository:acme/lib:pull,push';

beforeAll(async () => {
  api = await openApi();
  maintainer = await api.user('maintainer');
  jane = await api.user('jane');
  stranger = await api.user('stranger');
  for (const path of ['acme', 'secret']) await api.admin('post', '/groups', { name: path, path });
  for (const [path, namespace_id, visibility] of [
    ['app', 'acme', 'private'],
    ['lib', 'acme', 'private'],
    ['open', 'acme', 'public'],
    ['hidden', 'secret', 'private'],
  ]) {
    await api.admin('post', '/projects', { path, namespace_id, visibility });
  }
  for (const [path, user_id, access_level] of [
    ['app', jane.id, 30],
    ['lib', jane.id, 20],
    ['lib', maintainer.id, 40],
    ['app', maintainer.id, 20],
  ] as const) {
    await api.admin('post', `/projects/acme%2F${path}/members`, { user_id, access_level });
  }
});
afterAll(() => api.close());

const ask = (who: Person, body: object) => api.call('post', EXPLAIN, who.token, body);

/** `pull -`, `push role`: each action with the layer that refused it. */
const verdicts = ({ body }: Answer): string[] =>
  body.resources.flatMap(({ actions }: { actions: { action: string; refused_by: string }[] }) =>
    actions.map(({ action, refused_by: by }) => `${action} ${by ?? '-'}`),
  );

async function startJob(more: object = {}): Promise<{ id: number; token: string }> {
  const body = { username: 'jane', ...more };
  return (await api.admin('post', '/projects/acme%2Fapp/jobs', body)).body;
}

describe('JOB-24: about oneself', () => {
  test('every layer has its verdict, and the first refusal its sentence and remedy', async () => {
    const answer = await ask(jane, { scope: [LIB] });
    expect(answer.status).toBe(200);
    expect(answer.body.as).toMatchObject({ kind: 'user', username: 'jane' });
    const [resource] = answer.body.resources;
    expect(resource).toMatchObject({ type: 'repository', name: 'acme/lib' });
    const [pull, push] = resource.actions;
    expect(pull).toMatchObject({ action: 'pull', granted: true, refused_by: null, remedy: null });
    expect(push).toMatchObject({
      granted: false,
      refused_by: 'role',
      reason: 'jane has the role Reporter on acme/lib, and push needs Developer or more.',
    });
    expect(push.remedy).toContain('wharfpass member set jane --project acme/lib');
    expect(push.layers.map(({ layer }: { layer: string }) => layer)).toEqual([
      'credential',
      ...LAYERS,
    ]);
  });

  test('a token asks for what its own scopes let through', async () => {
    const weak = await api.user('weak', { scopes: ['read_registry'] });
    await api.admin('post', '/projects/acme%2Flib/members', { user_id: weak.id, access_level: 40 });
    const answer = await ask(weak, { scope: LIB });
    expect(verdicts(answer)).toEqual(['pull -', 'push credential_ability']);
    expect((await ask(weak, { scope: LIB, as: { user: 'weak' } })).status).toBe(403);
    const none = await api.user('none', { scopes: ['read_user'] });
    const open = { scope: 'repository:acme/open:pull' };
    expect(verdicts(await ask(none, open))).toEqual(['pull credential']);
  });

  test('a job asks with its token, and nobody else may be named', async () => {
    const { token, id } = await startJob();
    const post = (body: object) =>
      api.raw('post', `/api/v4${EXPLAIN}`).set('JOB-TOKEN', token).send(body);
    const answer = (await post({ scope: LIB })) as unknown as Answer;
    expect(answer.body.as).toEqual({ kind: 'job', id, project: 'acme/app', user: 'jane' });
    expect(verdicts(answer)).toEqual(['pull allowlist', 'push role']);
    expect((await post({ scope: LIB, as: { user: 'jane' } })).status).toBe(403);
    const hidden = (await post({ scope: 'repository:secret/hidden:pull' })) as unknown as Answer;
    expect(verdicts(hidden)).toEqual(['pull repository']);
  });

  test('the user of a job asks about the job, before it ends and after', async () => {
    const { id } = await startJob({ permissions: { containers: 'read' } });
    const about = { job: { project: 'acme/app', id } };
    const scope = 'repository:acme/app:pull,push';
    expect(verdicts(await ask(jane, { scope, as: about }))).toEqual([
      'pull -',
      'push job_permission',
    ]);
    await api.admin('put', `/projects/acme%2Fapp/jobs/${id}`, { status: 'success' });
    const ended = await ask(jane, { scope, as: about });
    expect(verdicts(ended)).toEqual(['pull credential', 'push credential']);
    expect(ended.body.resources[0].actions[0].reason).toBe('This job has ended (success).');
  });

  test('a job that one would start', async () => {
    const as = { in_project: 'acme/app' };
    const answer = await ask(jane, { scope: [LIB, 'repository:acme/app:*'], as });
    expect(answer.body.as).toMatchObject({ kind: 'job', id: null, user: 'jane' });
    expect(verdicts(answer)).toEqual([
      'pull allowlist',
      'push role',
      'pull -',
      'push -',
      'delete -',
    ]);
  });
});

describe('a job as it is now', () => {
  test('CD-09: one that has ended reads its own project, where the project says so', async () => {
    const { id } = await startJob();
    await api.admin('patch', '/projects/acme%2Fapp/registry_access', {
      job_token_after_job: 'read',
    });
    const other = await startJob();
    const end = { status: 'success' };
    await api.admin('put', `/projects/acme%2Fapp/jobs/${other.id}`, end);
    const as = { job: { project: 'acme/app', id: other.id } };
    const answer = await ask(jane, { scope: ['repository:acme/app:pull,push', LIB], as });
    expect(verdicts(answer)).toEqual([
      'pull -',
      'push credential_ability',
      'pull after_job',
      'push credential_ability',
    ]);
    await api.admin('patch', '/projects/acme%2Fapp/registry_access', {
      job_token_after_job: 'none',
    });
    expect(verdicts(await ask(jane, { scope: LIB, as }))[0]).toBe('pull credential');
    await api.admin('put', `/projects/acme%2Fapp/jobs/${id}`, end);
  });

  test('EXT-09: with its extended token, where it was handed one', async () => {
    const more = await openApi('jobs: {extended_token: {enabled: true}}');
    const { id: user_id } = await more.user('jane');
    for (const path of ['app', 'lib']) {
      await more.admin('post', '/projects', { path });
      await more.admin('post', `/projects/root%2F${path}/members`, { user_id, access_level: 30 });
    }
    const app = (await more.admin('get', '/projects/root%2Fapp')).body.id as number;
    const entry = { target_project_id: app, job_token_policies: ['ADMIN_CONTAINERS'] };
    await more.admin('post', '/projects/root%2Flib/job_token_scope/allowlist', entry);
    const runner = { id: 5, executor: 'docker', features: { extended_job_token: true } };
    const start = { username: 'jane', runner };
    const { id } = (await more.admin('post', '/projects/root%2Fapp/jobs', start)).body;
    const about = async (extended: boolean) => {
      const as = { job: { project: 'root/app', id, extended } };
      return verdicts(await more.admin('post', EXPLAIN, { scope: 'repository:root/lib:*', as }));
    };
    expect(await about(true)).toEqual(['pull -', 'push -', 'delete own_project']);
    expect(await about(false)).toEqual(['pull -', 'push own_project', 'delete own_project']);
    await more.close();
  });
});

describe('JOB-25: about others', () => {
  test('a Maintainer of the target asks for a user, and for a job that the user would start', async () => {
    const user = await ask(maintainer, { scope: LIB, as: { user: 'jane' } });
    expect(verdicts(user)).toEqual(['pull -', 'push role']);
    const as = { user: jane.id, in_project: 'acme/app' };
    expect(verdicts(await ask(maintainer, { scope: LIB, as }))).toEqual([
      'pull allowlist',
      'push role',
    ]);
    const add = { target_project_id: (await api.admin('get', '/projects/acme%2Fapp')).body.id };
    const list = '/projects/acme%2Flib/job_token_scope/allowlist';
    await api.admin('post', list, add);
    expect(verdicts(await ask(maintainer, { scope: LIB, as }))[0]).toBe('pull -');
    await api.admin('delete', `${list}/${add.target_project_id}`);
  });

  test('and for a job that runs, which a Reporter of its project may see', async () => {
    const { id } = await startJob();
    const as = { job: { project: 'acme/app', id } };
    expect(verdicts(await ask(maintainer, { scope: LIB, as }))).toEqual([
      'pull allowlist',
      'push role',
    ]);
    expect((await ask(stranger, { scope: LIB, as })).status).toBe(404);
    const extended = { job: { project: 'acme/app', id, extended: true } };
    expect(verdicts(await ask(maintainer, { scope: LIB, as: extended }))[0]).toBe(
      'pull credential',
    );
  });

  test('a deploy token, for a Maintainer of what it belongs to', async () => {
    const body = { name: 'cluster', scopes: ['read_registry'] };
    const path = '/projects/acme%2Flib/deploy_tokens';
    const { id } = (await api.admin('post', path, body)).body;
    const as = { deploy_token: { project: 'acme/lib', id } };
    const answer = await ask(maintainer, { scope: LIB, as });
    expect(verdicts(answer)).toEqual(['pull -', 'push credential_ability']);
    expect((await ask(jane, { scope: LIB, as })).status).toBe(403);
    expect((await ask(stranger, { scope: LIB, as })).status).toBe(404);
    await api.admin('delete', `${path}/${id}`);
    expect(verdicts(await ask(maintainer, { scope: LIB, as }))[0]).toBe('pull credential');
  });

  test('nobody else does, and each about what they maintain only', async () => {
    expect((await ask(jane, { scope: LIB, as: { user: 'maintainer' } })).status).toBe(403);
    const app = { scope: 'repository:acme/app:pull', as: { user: 'jane' } };
    expect((await ask(maintainer, app)).status).toBe(403);
    const catalog = { scope: 'registry:catalog:*', as: { user: 'jane' } };
    expect((await ask(maintainer, catalog)).status).toBe(403);
    expect(verdicts(await api.admin('post', EXPLAIN, catalog))).toEqual(['* catalog']);
  });

  test('a blocked user gets nothing, and it says why', async () => {
    const bob = await api.user('bob');
    await api.admin('post', `/users/${bob.id}/block`);
    const answer = await ask(maintainer, {
      scope: 'repository:acme/lib:pull',
      as: { user: 'bob' },
    });
    expect(answer.body.resources[0].actions[0]).toMatchObject({
      refused_by: 'credential',
      reason: 'bob is blocked, so no credential of theirs logs in.',
    });
  });
});

describe('JOB-24 T43: a stranger learns nothing of a private project', () => {
  const anonymised = ({ status, text }: Answer, path: string) => [
    status,
    text.replaceAll(path, 'PATH').replaceAll(path.replace('/', '%2F'), 'PATH'),
  ];

  test.each([
    ['about oneself', undefined],
    ['about another user', { user: 'jane' }],
    ['about a job that one would start', { in_project: 'acme/open' }],
  ])('%s: the answer is that for a project that does not exist', async (_, as) => {
    const about = async (name: string) => {
      const scope = [`repository:${name}:pull,push,delete`, `repository:${name}/web:*`];
      return anonymised(await ask(stranger, { scope, ...(as && { as }) }), name);
    };
    const hidden = await about('secret/hidden');
    expect(hidden[0]).toBe(200);
    expect(hidden).toEqual(await about('secret/nowhere'));
  });

  test.each([
    [{ user: 'jane', in_project: 'PATH' }],
    [{ job: { project: 'PATH', id: 1 } }],
    [{ deploy_token: { project: 'PATH', id: 1 } }],
  ])('named as %j it is not there either', async (as) => {
    const about = async (path: string) => {
      const named = JSON.parse(JSON.stringify(as).replaceAll('PATH', path)) as object;
      const answer = await ask(stranger, { scope: 'repository:acme/open:pull', as: named });
      return anonymised(answer, path);
    };
    expect((await about('secret/hidden'))[0]).toBe(404);
    expect(await about('secret/hidden')).toEqual(await about('secret/nowhere'));
  });
});

describe('what is asked', () => {
  test.each<[object, RegExp]>([
    [{}, /^scope is missing/],
    [{ scope: 'acme/app' }, /^scope is invalid/],
    [{ scope: [] }, /^scope is invalid/],
    [{ scope: LIB, service: 'other' }, /^service is unknown/],
    [{ scope: LIB, as: {} }, /^as is invalid: must name one/],
    [{ scope: LIB, as: { user: 1, job: { project: 1, id: 1 } } }, /^as is invalid: must name one/],
    [{ scope: LIB, as: { deploy_token: { id: 1 } } }, /^as.deploy_token is invalid/],
  ])('%j is refused', async (body, error) => {
    const answer = await ask(jane, body);
    expect([answer.status, answer.body.error]).toEqual([400, expect.stringMatching(error)]);
  });

  test('it changes nothing, so no change is logged', async () => {
    const changes = () => api.world.logged.lines('api change').length;
    const before = changes();
    await ask(jane, { scope: LIB });
    expect(changes()).toBe(before);
  });
});
