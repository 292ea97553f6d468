import { expect, test } from '@jest/globals';
import type { ProjectFields } from '../../../src/store/directory-change.ts';
import type { Subject } from '../contract.ts';
import { ALL, apply, deployToken, makeProject, NOW, projectSource, seed } from '../fixtures.ts';

const secret = (hash: string) => ({ hash, sealed: `sealed ${hash}` });

export function automaticDeployTokenContract(subject: Subject): void {
  const ensure = (project: number, hash = 'auto-hash', now = NOW) =>
    subject.store.deployTokens.ensureAutomatic(project, secret(hash), now);
  const update = (project: number, fields: Partial<ProjectFields>) =>
    apply(subject.store, { kind: 'project.update', project, fields });
  const declined = async (project: number) =>
    (await subject.store.directory.project(project))?.autoTokenDeclined;

  /** A project whose automatic token has been revoked. */
  async function declining(fields: Partial<ProjectFields> = {}): Promise<number> {
    const { app } = await seed(subject.store);
    await update(app, fields);
    const made = await ensure(app);
    await subject.store.deployTokens.revoke(projectSource(app), made?.token.id ?? 0, NOW);
    expect(await declined(app)).toBe(true);
    return app;
  }

  test('AUTO-01, AUTO-09: a project gets its token, which is listed and marked', async () => {
    const { app } = await seed(subject.store);
    const made = await ensure(app);
    expect(made).toMatchObject({
      created: true,
      token: {
        holder: projectSource(app),
        name: 'gitlab-deploy-token',
        username: `gitlab+deploy-token-${made?.token.id}`,
        scopes: ['read_registry'],
        expiresAt: null,
        revokedAt: null,
        createdBy: null,
        createdAt: NOW,
        origin: 'auto',
        rotateEvery: null,
        secrets: [{ hash: 'auto-hash', sealed: 'sealed auto-hash', createdAt: NOW }],
      },
    });
    const { deployTokens } = subject.store;
    expect((await deployTokens.list(projectSource(app), ALL)).items).toEqual([made?.token]);
    const store = await subject.reopen();
    expect((await store.deployTokens.admit('auto-hash'))?.token).toEqual(made?.token);
  });

  test('AUTO-03: the second time it is the same token, and the other secret is nobody’s', async () => {
    const { app } = await seed(subject.store);
    const made = await ensure(app);
    expect(await ensure(app, 'other')).toEqual({ token: made?.token, created: false });
    expect(await subject.store.deployTokens.admit('other')).toBeNull();
  });

  test('AUTO-03: many callers at the same time get one token', async () => {
    const { app, other } = await seed(subject.store);
    const callers = Array.from({ length: 20 }, (_, at) => ensure(at % 2 ? app : other, `h${at}`));
    const made = await Promise.all(callers);
    expect(made.filter((each) => each?.created)).toHaveLength(2);
    expect(new Set(made.map((each) => each?.token.id)).size).toBe(2);
    expect((await subject.store.deployTokens.list(projectSource(app), ALL)).total).toBe(1);
  });

  test('tokens that people make are no reason against it', async () => {
    const { app } = await seed(subject.store);
    const named = deployToken(projectSource(app), { name: 'gitlab-deploy-token' });
    const manual = await subject.store.deployTokens.create(named, NOW);
    expect(manual.origin).toBe('manual');
    expect((await ensure(app))?.created).toBe(true);
  });

  test('AUTO-02: a public project gets none, and gets it when it is public no more', async () => {
    const { app } = await seed(subject.store);
    await update(app, { visibility: 'public' });
    expect(await ensure(app)).toBeNull();
    await update(app, { visibility: 'internal' });
    expect((await ensure(app))?.created).toBe(true);
    await update(app, { visibility: 'public' });
    expect(await ensure(app)).toBeNull();
  });

  test('a project that is not there gets none', async () => {
    expect(await ensure(999)).toBeNull();
    const { app } = await seed(subject.store);
    await ensure(app);
    await apply(subject.store, { kind: 'project.delete', project: app });
    expect(await ensure(app)).toBeNull();
    expect(await subject.store.deployTokens.admit('auto-hash')).toBeNull();
  });

  test('a secret of another token makes no automatic one', async () => {
    const { app, other } = await seed(subject.store);
    await ensure(app);
    await expect(ensure(other)).rejects.toMatchObject({ code: 'conflict' });
    expect((await subject.store.deployTokens.list(projectSource(other), ALL)).total).toBe(0);
  });

  test('one that has expired makes room for the next', async () => {
    const { app } = await seed(subject.store);
    const first = await ensure(app);
    const rotation = { ...secret('second'), graceUntil: NOW, expiresAt: NOW + 10 };
    const holder = projectSource(app);
    const { deployTokens } = subject.store;
    await deployTokens.rotate(holder, first?.token.id ?? 0, rotation, NOW);
    expect((await ensure(app, 'third', NOW + 9))?.created).toBe(false);
    expect((await ensure(app, 'third', NOW + 10))?.created).toBe(true);
    expect(await declined(app)).toBe(false);
  });

  test('AUTO-03: one that was revoked is not made again', async () => {
    const app = await declining();
    expect(await ensure(app, 'again')).toBeNull();
    const store = await subject.reopen();
    expect((await store.directory.project(app))?.autoTokenDeclined).toBe(true);
  });

  test.each<[string, Partial<ProjectFields>, Partial<ProjectFields>]>([
    ['the switch is set', {}, { autoDeployToken: true }],
    ['the switch is set back to what the instance says', {}, { autoDeployToken: null }],
    ['Auto DevOps is turned on', {}, { autoDevops: true }],
  ])('a revoked one is made again once %s', async (_, before, fields) => {
    const app = await declining(before);
    await update(app, fields);
    expect(await declined(app)).toBe(false);
    expect((await ensure(app, 'again'))?.created).toBe(true);
  });

  test('a revoked one is made again once the project was public and is so no more', async () => {
    const app = await declining();
    await update(app, { visibility: 'public' });
    expect(await declined(app)).toBe(true);
    await update(app, { visibility: 'private' });
    expect((await ensure(app, 'again'))?.created).toBe(true);
  });

  test.each<[string, Partial<ProjectFields>]>([
    ['its name', { name: 'new', archived: false }],
    ['how private it is', { visibility: 'internal' }],
    ['that Auto DevOps is on, as it was', { autoDevops: true }],
  ])('a change of %s does not bring a revoked one back', async (_, fields) => {
    const app = await declining({ autoDevops: true });
    await update(app, fields);
    expect(await ensure(app, 'again')).toBeNull();
  });

  test('to revoke the old one again, or a manual one, declines nothing', async () => {
    const app = await declining();
    const holder = projectSource(app);
    const { deployTokens } = subject.store;
    const [old] = (await deployTokens.list(holder, ALL)).items;
    await update(app, { autoDeployToken: true });
    await deployTokens.revoke(holder, old?.id ?? 0, NOW + 1);
    const manual = await deployTokens.create(deployToken(holder), NOW);
    await deployTokens.revoke(holder, manual.id, NOW);
    expect(await declined(app)).toBe(false);
  });

  test('a project keeps what it says of tokens and jobs', async () => {
    const fields = { autoDevops: true, autoDeployToken: false, jobTokenAfterJob: 'read' } as const;
    const { app } = await seed(subject.store);
    expect(await subject.store.directory.project(app)).toMatchObject({
      autoDevops: false,
      autoDeployToken: null,
      autoTokenDeclined: false,
      jobTokenAfterJob: 'none',
    });
    const made = await apply(subject.store, makeProject('acme/third', fields));
    await update(app, fields);
    const store = await subject.reopen();
    expect(await store.directory.project(app)).toMatchObject(fields);
    expect(await store.directory.project(made)).toMatchObject(fields);
  });
}
