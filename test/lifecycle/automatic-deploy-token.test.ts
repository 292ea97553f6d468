import { afterEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Target } from '../../src/audit/events.ts';
import { deployTokenFault } from '../../src/credential/deploy-token.ts';
import { createSealedSecrets } from '../../src/credential/sealed-secret.ts';
import { Secret } from '../../src/credential/secret.ts';
import { storeUnavailable } from '../../src/errors.ts';
import {
  changeRegistryAccess,
  ensureAutomaticDeployToken,
  type AutomaticTokenDependencies,
} from '../../src/lifecycle/automatic-deploy-token.ts';
import { revokeDeployToken } from '../../src/lifecycle/deploy-tokens.ts';
import { deployVariables } from '../../src/lifecycle/deploy-variables.ts';
import { rotateDeployToken } from '../../src/lifecycle/rotation.ts';
import type { JobRequest } from '../../src/lifecycle/start-job.ts';
import type { ProjectRecord } from '../../src/store/records.ts';
import { openWorld, type World } from '../support/world.ts';

const MONTH = 30 * 86_400_000;

let world: World;
let events: [type: string, target: Target][];
afterEach(() => world.close());

async function open(settings = ''): Promise<AutomaticTokenDependencies> {
  world = await openWorld(settings);
  await world.user('jane');
  events = [];
  return {
    ...world,
    log: world.logged.log,
    audit: (type, target) => void events.push([type, target]),
  };
}

async function again(project: ProjectRecord): Promise<ProjectRecord> {
  const record = await world.store.directory.project(project.id);
  if (record === null) throw new Error('the project is gone');
  return record;
}

const all = { offset: 0, limit: 100 };
const tokensOf = async ({ id }: ProjectRecord) =>
  (await world.store.deployTokens.list({ kind: 'project', id }, all)).items;

/** What a job of the project finds, as a job would read it. */
async function variablesOf(
  deps: AutomaticTokenDependencies,
  project: ProjectRecord,
  more: Partial<JobRequest> = {},
): Promise<Record<string, string>> {
  const user = await world.store.directory.userByUsername('jane');
  if (user === null) throw new Error('no jane');
  const { job } = await world.job(project, user, more);
  const runner = more.runner ?? null;
  const variables = await deployVariables(deps, await again(project), job, runner);
  for (const variable of variables) expect(variable).toMatchObject({ masked: true, public: false });
  return Object.fromEntries(variables.map(({ key, value }) => [key, value]));
}

async function faultOf(secret: string): Promise<string | null> {
  const hash = world.secretHash(new Secret(secret));
  const admission = await world.store.deployTokens.admit(hash);
  return admission === null ? 'unknown' : deployTokenFault(admission, world.clock.now());
}

const NOTHING = {};
const BOTH = { CI_DEPLOY_USER: expect.any(String), CI_DEPLOY_PASSWORD: expect.any(String) };

describe('what is made', () => {
  test('AUTO-01 AUTO-09 CD-04: a private project has a reading token that nobody made', async () => {
    const deps = await open();
    const project = await world.project('jane/app');
    const token = await ensureAutomaticDeployToken(deps, project);
    expect(token).toMatchObject({
      name: 'gitlab-deploy-token',
      holder: { kind: 'project', id: project.id },
      scopes: ['read_registry'],
      expiresAt: null,
      createdBy: null,
      origin: 'auto',
    });
    expect(await tokensOf(project)).toEqual([token]);
  });

  test('AUTO-02: a public project has none, and gets one when it is public no more', async () => {
    const deps = await open();
    const project = await world.project('jane/app', { visibility: 'public' });
    expect(await ensureAutomaticDeployToken(deps, project)).toBeNull();
    await world.apply({
      kind: 'project.update',
      project: project.id,
      fields: { visibility: 'internal' },
    });
    expect(await ensureAutomaticDeployToken(deps, await again(project))).not.toBeNull();
  });

  test('AUTO-03: twenty at the same time make one, and it is told of once', async () => {
    const deps = await open();
    const project = await world.project('jane/app');
    const made = await Promise.all(
      Array.from({ length: 20 }, () => ensureAutomaticDeployToken(deps, project)),
    );
    expect(new Set(made.map((token) => token?.id)).size).toBe(1);
    expect(await tokensOf(project)).toHaveLength(1);
    expect(events.map(([type]) => type)).toEqual(['deploy_token.automatic_created']);
  });

  test('AUTO-03: a revoked one does not come back, until the switch is set anew', async () => {
    const deps = await open();
    const project = await world.project('jane/app');
    const first = await ensureAutomaticDeployToken(deps, project);
    await revokeDeployToken(world, { kind: 'project', id: project.id }, first?.id ?? 0);
    expect(await ensureAutomaticDeployToken(deps, await again(project))).toBeNull();
    expect(await variablesOf(deps, project)).toEqual(NOTHING);
    expect(await tokensOf(project)).toHaveLength(1);
    await changeRegistryAccess(deps, project.id, { autoDeployToken: true });
    const second = (await tokensOf(project)).find(({ revokedAt }) => revokedAt === null);
    expect(second?.id).not.toBe(first?.id);
    expect(await variablesOf(deps, project)).toEqual(BOTH);
  });

  test('AUTO-11: owners are told by an event and a log line, neither with the secret', async () => {
    const deps = await open();
    const project = await world.project('jane/app');
    const variables = await variablesOf(deps, project);
    expect(events).toEqual([
      [
        'deploy_token.automatic_created',
        { kind: 'deploy_token', id: expect.any(Number), path: 'gitlab-deploy-token' },
      ],
    ]);
    const [line] = world.logged.lines(
      'notification for the project’s owners: it has an automatic deploy token from now on',
    );
    expect(line).toMatchObject({ project: 'jane/app', scopes: ['read_registry'] });
    expect(world.logged.text()).not.toContain(variables['CI_DEPLOY_PASSWORD']);
  });

  test.each([
    ['all_non_public', {}, true],
    ['all_non_public', { autoDeployToken: false }, false],
    ['auto_devops', {}, false],
    ['auto_devops', { autoDevops: true }, true],
    ['auto_devops', { autoDevops: true, autoDeployToken: false }, false],
    ['off', { autoDevops: true }, false],
    ['off', { autoDeployToken: true }, true],
    ['all_non_public', { autoDeployToken: true, visibility: 'public' }, false],
  ] as const)('AUTO-13: set to %s, a project with %j: %s', async (automatic, fields, has) => {
    const deps = await open(`deploy_tokens: {automatic: ${automatic}}`);
    const project = await world.project('jane/app', fields);
    expect(await variablesOf(deps, project)).toEqual(has ? BOTH : NOTHING);
    expect(await tokensOf(project)).toHaveLength(has ? 1 : 0);
  });
});

describe('what jobs find', () => {
  test('AUTO-04 AUTO-06 CD-03: it works for months, and when the job and its user are gone', async () => {
    const deps = await open();
    await world.group('acme');
    const project = await world.project('acme/app');
    const jane = await world.store.directory.userByUsername('jane');
    await world.member('acme/app', 'jane', 'developer');
    const { CI_DEPLOY_PASSWORD: secret = '' } = await variablesOf(deps, project);
    await world.apply({ kind: 'user.delete', user: jane?.id ?? 0 });
    world.clock.advance(12 * MONTH);
    expect(await faultOf(secret)).toBeNull();
  });

  test('AUTO-07 CD-08: each job finds the same', async () => {
    const deps = await open();
    const project = await world.project('jane/app');
    const first = await variablesOf(deps, project);
    expect(first).toEqual(BOTH);
    expect(await variablesOf(deps, project)).toEqual(first);
    expect(await faultOf(first['CI_DEPLOY_PASSWORD'] ?? '')).toBeNull();
  });

  const runner = { id: 5, executor: 'docker' };
  test.each<[string, Partial<JobRequest>, boolean]>([
    ['only_deployments: true', { environment: null }, false],
    ['only_deployments: true', { environment: 'production' }, true],
    ['only_protected_refs: true', { refProtected: false }, false],
    ['only_protected_refs: true', { refProtected: true }, true],
    ['only_project_runners: true', { runner: null }, false],
    ['only_project_runners: true', { runner }, false],
    ['only_project_runners: true', { runner: { ...runner, projectSpecific: false } }, false],
    ['only_project_runners: true', { runner: { ...runner, projectSpecific: true } }, true],
    [
      'only_deployments: true, only_protected_refs: true',
      { environment: 'production', refProtected: false },
      false,
    ],
  ])('AUTO-07 AUTO-08: with %s, a job with %j: %s', async (only, job, has) => {
    const deps = await open(`deploy_tokens: {${only}}`);
    const project = await world.project('jane/app');
    expect(await variablesOf(deps, project, job)).toEqual(has ? BOTH : NOTHING);
  });

  test('AUTO-08: a job without rights to containers gets none, nor one without a registry', async () => {
    const deps = await open();
    const project = await world.project('jane/app');
    expect(await variablesOf(deps, project, { permissions: 'none' })).toEqual(NOTHING);
    expect(await variablesOf(deps, project, { permissions: 'read' })).toEqual(BOTH);
    const closed = await world.project('jane/closed', { registryAccess: 'disabled' });
    expect(await variablesOf(deps, closed)).toEqual(NOTHING);
  });

  test('a deploy token of a person is in no variable, whatever its name', async () => {
    const deps = await open('deploy_tokens: {automatic: off}');
    const project = await world.project('jane/app');
    await world.deployToken(project, ['read_registry'], { name: 'gitlab-deploy-token' });
    expect(await variablesOf(deps, project)).toEqual(NOTHING);
  });

  test('AUTO-17 CD-14: after a rotation they find the newest secret, and the old one works on', async () => {
    const deps = await open();
    const project = await world.project('jane/app');
    const before = await variablesOf(deps, project);
    const [token] = await tokensOf(project);
    const holder = { kind: 'project', id: project.id } as const;
    const request = { holder, tokenId: token?.id ?? 0, gracePeriod: 60, expiresAt: undefined };
    const { secret } = await rotateDeployToken(world, request);
    const after = await variablesOf(deps, project);
    expect(after).toEqual({ ...before, CI_DEPLOY_PASSWORD: secret.reveal() });
    expect(after['CI_DEPLOY_PASSWORD']).not.toBe(before['CI_DEPLOY_PASSWORD']);
    expect(await faultOf(before['CI_DEPLOY_PASSWORD'] ?? '')).toBeNull();
  });
});

describe('when it cannot be', () => {
  test('CD-13: a store that cannot make one leaves the job without it', async () => {
    const deps = await open();
    const project = await world.project('jane/app');
    const { deployTokens } = world.store;
    const ensureAutomatic = () => Promise.reject(storeUnavailable('test'));
    const store = { ...world.store, deployTokens: { ...deployTokens, ensureAutomatic } };
    expect(await variablesOf({ ...deps, store }, project)).toEqual(NOTHING);
    expect(world.logged.text()).toContain('starts without CI_DEPLOY_USER');
    expect(await variablesOf(deps, project)).toEqual(BOTH);
  });

  test('AUTO-20: with another seal key jobs go without, until a rotation', async () => {
    const deps = await open();
    const project = await world.project('jane/app');
    await ensureAutomaticDeployToken(deps, project);
    const sealedSecrets = createSealedSecrets(randomBytes(32));
    const other = { ...deps, sealedSecrets };
    expect(await variablesOf(other, project)).toEqual(NOTHING);
    expect(world.logged.text()).toContain('sealed with another key');
    const [token] = await tokensOf(project);
    const holder = { kind: 'project', id: project.id } as const;
    const request = { holder, tokenId: token?.id ?? 0, gracePeriod: 60, expiresAt: undefined };
    await rotateDeployToken({ ...world, sealedSecrets }, request);
    expect(await variablesOf(other, project)).toEqual(BOTH);
  });
});

describe('when it is switched off', () => {
  test('AUTO-14: running clusters pull on; jobs find it no more', async () => {
    const deps = await open();
    const project = await world.project('jane/app');
    const { CI_DEPLOY_PASSWORD: secret = '' } = await variablesOf(deps, project);
    await changeRegistryAccess(deps, project.id, { autoDeployToken: false });
    expect(await faultOf(secret)).toBeNull();
    expect(await variablesOf(deps, project)).toEqual(NOTHING);
    await changeRegistryAccess(deps, project.id, { autoDeployToken: null });
    expect(await variablesOf(deps, project)).toMatchObject({ CI_DEPLOY_PASSWORD: secret });
  });

  test.each([
    ['all_non_public', { autoDeployToken: false }, { autoDeployToken: true }],
    ['auto_devops', { autoDevops: false }, { autoDevops: true }],
  ])(
    'AUTO-14: revoke_on_disable ends it with %s; switched on again, there is a new one',
    async (automatic, off, on) => {
      const deps = await open(`deploy_tokens: {automatic: ${automatic}, revoke_on_disable: true}`);
      const project = await world.project('jane/app', { autoDevops: true });
      await world.deployToken(project, ['read_registry'], { name: 'by hand' });
      const { CI_DEPLOY_PASSWORD: secret = '' } = await variablesOf(deps, project);
      await changeRegistryAccess(deps, project.id, off);
      expect(await faultOf(secret)).toMatch(/revoked/);
      const live = (await tokensOf(project)).filter(({ revokedAt }) => revokedAt === null);
      expect(live.map(({ name }) => name)).toEqual(['by hand']);
      await changeRegistryAccess(deps, project.id, on);
      const fresh = await variablesOf(deps, project);
      expect(fresh).toEqual(BOTH);
      expect(fresh['CI_DEPLOY_PASSWORD']).not.toBe(secret);
      expect(events.map(([type]) => type)).toEqual([
        'deploy_token.automatic_created',
        'deploy_token.revoked',
        'deploy_token.automatic_created',
      ]);
    },
  );

  test('AUTO-14: another change of the project revokes nothing', async () => {
    const deps = await open('deploy_tokens: {automatic: off, revoke_on_disable: true}');
    const project = await world.project('jane/app', { autoDeployToken: true });
    const { CI_DEPLOY_PASSWORD: secret = '' } = await variablesOf(deps, project);
    const fields = { autoDeployToken: null };
    await world.apply({ kind: 'project.update', project: project.id, fields });
    await changeRegistryAccess(deps, project.id, { jobTokenAfterJob: 'read' });
    expect(await faultOf(secret)).toBeNull();
  });
});
