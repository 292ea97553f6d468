/** @gitbeaker/rest: deploy tokens and personal access tokens. */
import { Gitlab } from '@gitbeaker/rest';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ADMIN_TOKEN, openApi, type Api } from '../../http/api/support.ts';
import { refusal } from './errors.ts';

let api: Api;
let root: InstanceType<typeof Gitlab>;
const as = (token: string) => new Gitlab({ host: api.url, token });
beforeAll(async () => {
  api = await openApi();
  root = as(ADMIN_TOKEN);
  await root.Groups.create('Acme', 'acme');
  await root.Projects.create({ path: 'app', namespaceId: 'acme' as never });
});
afterAll(() => api.close());

test('deploy tokens of a project, of a group, and all of them', async () => {
  const holders = [{ projectId: 'acme/app' }, { groupId: 'acme' }] as const;
  for (const holder of holders) {
    const { id, token } = await root.DeployTokens.create('cluster', ['read_registry'], {
      ...holder,
      expires_at: '2099-01-31',
      username: 'puller',
    });
    expect(token).toMatch(/^gldt-/);
    expect(await root.DeployTokens.show(id, holder)).toMatchObject({
      username: 'puller',
      scopes: ['read_registry'],
      revoked: false,
      expired: false,
    });
    await root.DeployTokens.create('soon', ['read_registry', 'write_registry'], {
      ...holder,
      expires_at: new Date(api.world.clock.now() + 86_400_000).toISOString(),
    });
    expect(await root.DeployTokens.all(holder)).not.toContainEqual(
      expect.objectContaining({ token: expect.anything() }),
    );
    await root.DeployTokens.remove(id, holder);
    expect(await root.DeployTokens.show(id, holder)).toMatchObject({ revoked: true });
    const active = await root.DeployTokens.all({ ...holder, active: true } as never);
    expect(active).not.toContainEqual(expect.objectContaining({ id }));
  }
  const everywhere = await root.DeployTokens.all();
  expect(everywhere.filter(({ name }) => name === 'cluster')).toHaveLength(2);
  const active = await root.DeployTokens.all({ active: true } as never);
  expect(active.filter(({ name }) => name === 'cluster')).toEqual([]);
});

test('personal access tokens: made, seen, rotated and ended', async () => {
  const { id: userId } = await api.user('jane');
  const made = await root.PersonalAccessTokens.create(userId, 'laptop', ['api'], {
    expiresAt: '2099-01-31',
  });
  expect(made).toMatchObject({ active: true, expires_at: '2099-01-31', user_id: userId });
  const jane = as(made.token ?? '');
  expect(await jane.PersonalAccessTokens.show()).toMatchObject({ id: made.id, scopes: ['api'] });
  expect(await jane.PersonalAccessTokens.show({ tokenId: made.id })).toMatchObject({
    name: 'laptop',
  });
  const rotated = await root.PersonalAccessTokens.rotate(made.id, { expiresAt: '2099-02-01' });
  expect(rotated).toMatchObject({ expires_at: '2099-02-01', user_id: userId });
  expect(await refusal(jane.Users.showCurrentUser())).toBe('401 401 Unauthorized');
  const again = as((rotated as { token: string }).token);
  const own = (await again.PersonalAccessTokens.rotate('self' as never)) as { token: string };
  const last = as(own.token);
  expect(await last.Users.showCurrentUser()).toMatchObject({ username: 'jane' });
  const active = await root.PersonalAccessTokens.all({ userId, state: 'active' });
  expect(active.map(({ name }) => name).sort()).toEqual(['laptop', 'test']);
  await last.PersonalAccessTokens.remove();
  expect(await refusal(last.PersonalAccessTokens.show())).toBe('401 401 Unauthorized');
  expect(await root.PersonalAccessTokens.show({ tokenId: made.id })).toMatchObject({
    revoked: true,
    active: false,
  });
});
