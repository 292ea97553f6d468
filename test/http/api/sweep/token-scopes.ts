/** Tokens that make tokens: none gets more than it has. */
import { describe, expect, test } from '@jest/globals';
import { SCOPES, tokenOf, type Caller, type Scope } from './callers.ts';
import type { Scene } from './scene.ts';

/** GitLab's, which mean nothing here. */
const OF_GITLAB = [
  'k8s_proxy',
  'sudo',
  'admin_mode',
  'read_service_ping',
  'write_repository',
  'ai_features',
  'manage_runner',
  'create_runner',
];
const OF_DEPLOY_TOKENS = ['read_registry', 'write_registry', 'read_repository'];

async function post(scene: Scene, caller: Caller, path: string, body: object = {}) {
  const { headers } = caller;
  const got = await scene.client.send({ method: 'POST', path: `/api/v4${path}`, headers, body });
  return { status: got.status, body: JSON.parse(got.text) as Record<string, unknown> };
}

function named(scene: Scene, name: string): Caller {
  const caller = scene.callers.find((candidate) => candidate.name === name);
  if (caller === undefined) throw new Error(`no caller ${name}`);
  return caller;
}

function vocabulary(scene: () => Scene): void {
  test.each(OF_GITLAB)(
    '%s is refused by its name, with the scopes that there are',
    async (scope) => {
      const admin = named(scene(), 'administrator');
      const tokens = `/users/${admin.person.id}/personal_access_tokens`;
      const project = `/projects/${scene().places.home.ids['/projects/:id']}/deploy_tokens`;
      for (const [path, known] of [
        [tokens, SCOPES],
        [project, OF_DEPLOY_TOKENS],
      ] as const) {
        const { status, body } = await post(scene(), admin, path, { name: 'x', scopes: [scope] });
        expect([path, status]).toEqual([path, 400]);
        for (const word of [scope, ...known]) expect(body.error).toContain(word);
      }
    },
  );
}

/** Only `api` makes tokens, and only an administrator's one that starts jobs. */
function minting(scene: () => Scene): void {
  const makers = SCOPES.flatMap((scope) => [
    [`administrator with ${scope} alone`, scope, true] as const,
    [`Maintainer with ${scope} alone`, scope, false] as const,
  ]);
  test.each(makers)('T43: %s makes no token that can do more', async (name, own, admin) => {
    const caller = named(scene(), name);
    const path = `/users/${caller.person.id}/personal_access_tokens`;
    const allowed = (scope: Scope) => own === 'api' && (admin || scope !== 'create_job');
    const got = await Promise.all(
      SCOPES.map(async (scope) => {
        const { status } = await post(scene(), caller, path, { name: 'x', scopes: [scope] });
        return [scope, status];
      }),
    );
    expect(got).toEqual(SCOPES.map((scope) => [scope, allowed(scope) ? 201 : 403]));
    const both = await post(scene(), caller, path, { name: 'x', scopes: ['read_user', 'api'] });
    expect(both.status).toBe(own === 'api' ? 201 : 403);
  });
}

function rotating(scene: () => Scene): void {
  test.each(SCOPES)('T43: rotating a token of %s gives one of the same', async (scope) => {
    const caller = named(scene(), 'Maintainer of the group');
    const { id } = await tokenOf(scene().world, caller.person, [scope]);
    const { status, body } = await post(scene(), caller, `/personal_access_tokens/${id}/rotate`);
    // A job can be started in the name of others: that right is not to be had by way of another token.
    if (scope === 'create_job') expect(status).toBe(403);
    else expect([status, body.scopes]).toEqual([200, [scope]]);
  });

  test('T43: self_rotate rotates its own token, into one that can do as little', async () => {
    const { world, client, people } = scene();
    const [person = people.loner] = people.inGroup;
    const { secret } = await tokenOf(world, person, ['self_rotate', 'read_registry']);
    const other = await tokenOf(world, person, ['api']);
    const caller = { ...named(scene(), 'administrator'), headers: { 'PRIVATE-TOKEN': secret } };
    const others = await post(scene(), caller, `/personal_access_tokens/${other.id}/rotate`);
    expect(others.status).toBe(403);
    const rotated = await post(scene(), caller, '/personal_access_tokens/self/rotate');
    expect([rotated.status, rotated.body.scopes]).toEqual([200, ['self_rotate', 'read_registry']]);
    const again = await client.send({
      method: 'GET',
      path: '/api/v4/user',
      headers: caller.headers,
    });
    expect(again.status).toBe(401);
  });
}

export function tokenScopes(scene: () => Scene): void {
  describe('scopes of tokens', () => {
    vocabulary(scene);
    minting(scene);
    rotating(scene);
  });
}
