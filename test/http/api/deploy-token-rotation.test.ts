import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { deployTokenFault } from '../../../src/credential/deploy-token.ts';
import { Secret } from '../../../src/credential/secret.ts';
import { openApi, type Api, type Person } from './support.ts';

const DAY = 86_400_000;

let api: Api;
let owner: Person;
let maintainer: Person;
let developer: Person;
let project: string;
beforeAll(async () => {
  api = await openApi();
  [owner, maintainer, developer] = (await Promise.all(
    ['owner', 'maintainer', 'developer'].map((name) => api.user(name)),
  )) as [Person, Person, Person];
  await api.call('post', '/groups', owner.token, { name: 'acme', path: 'acme' });
  for (const [user_id, access_level] of [
    [maintainer.id, 40],
    [developer.id, 30],
  ]) {
    await api.call('post', '/groups/acme/members', owner.token, { user_id, access_level });
  }
  const body = { path: 'app', namespace_id: 'acme' };
  project = `/projects/${(await api.call('post', '/projects', owner.token, body)).body.id}`;
});
afterAll(() => api.close());

async function make(holder: string): Promise<{ path: string; token: string }> {
  const path = `${holder}/deploy_tokens`;
  const body = { name: 'cluster', scopes: ['read_registry'] };
  const { body: made } = await api.call('post', path, owner.token, body);
  return { path: `${path}/${made.id}`, token: made.token };
}

async function works(secret: string): Promise<boolean> {
  const { store, clock, secretHash } = api.world;
  const admission = await store.deployTokens.admit(secretHash(new Secret(secret)));
  return admission !== null && deployTokenFault(admission, clock.now()) === null;
}

describe('rotate', () => {
  test.each(['project', 'group'])(
    'AUTO-16: a %s’s token gets a second secret, shown once',
    async (kind) => {
      const { path, token: old } = await make(kind === 'project' ? project : '/groups/acme');
      const answer = await api.call('post', `${path}/rotate`, owner.token, { grace_period: 60 });
      expect(answer.status).toBe(200);
      const { token, secrets } = answer.body;
      const now = api.world.clock.now();
      expect(token).toMatch(/^gldt-[0-9A-Za-z]{33}$/);
      const created_at = new Date(now).toISOString();
      const expires_at = new Date(now + 60_000).toISOString();
      const rest = { id: expect.any(Number), created_at, last_used_at: null };
      expect(secrets).toEqual([
        { ...rest, expires_at },
        { ...rest, expires_at: null },
      ]);
      expect([await works(old), await works(token)]).toEqual([true, true]);
      const shown = await api.call('get', path, owner.token);
      const { token: _secret, ...withoutSecret } = answer.body;
      expect(shown.body).toEqual(withoutSecret);
      expect(shown.text).not.toContain(token);
      api.world.clock.advance(60_000);
      expect([await works(old), await works(token)]).toEqual([false, true]);
    },
  );

  test('AUTO-18: each secret says when it was last used', async () => {
    const { path, token: old } = await make(project);
    await api.call('post', `${path}/rotate`, owner.token);
    const { store, clock, secretHash } = api.world;
    const admission = await store.deployTokens.admit(secretHash(new Secret(old)));
    clock.advance(5000);
    store.deployTokens.touch(admission?.token.id ?? 0, admission?.secret.id ?? 0, clock.now());
    const used = async () => {
      const { body } = await api.call('get', path, owner.token);
      return body.secrets.map((secret: { last_used_at: string }) => secret.last_used_at);
    };
    // Uses are gathered, and written now and then.
    const until = Date.now() + 5000;
    while ((await used())[0] === null && Date.now() < until) await setTimeout(50);
    expect(await used()).toEqual([new Date(clock.now()).toISOString(), null]);
  });

  test('AUTO-15 AUTO-16: an old secret is ended at once, the newest is not', async () => {
    const { path, token: old } = await make(project);
    const { body } = await api.call('post', `${path}/rotate`, owner.token);
    const [first, last] = body.secrets;
    expect((await api.call('delete', `${path}/secrets/${first.id}`, owner.token)).status).toBe(204);
    expect([await works(old), await works(body.token)]).toEqual([false, true]);
    expect((await api.call('delete', `${path}/secrets/${last.id}`, owner.token)).status).toBe(409);
    expect((await api.call('delete', `${path}/secrets/99999`, owner.token)).status).toBe(404);
  });

  test('a revoked token is not rotated, and an end in the past is refused', async () => {
    const { path } = await make(project);
    const past = await api.call('post', `${path}/rotate`, owner.token, {
      expires_at: '2020-01-01',
    });
    expect([past.status, past.body.error]).toEqual([400, expect.stringContaining('expires_at')]);
    const long = { grace_period: 366 * 86_400 + 1 };
    expect((await api.call('post', `${path}/rotate`, owner.token, long)).status).toBe(400);
    await api.call('delete', path, owner.token);
    expect((await api.call('post', `${path}/rotate`, owner.token)).status).toBe(409);
  });

  test('AUTO-10: each step of its life is an event, with no secret', async () => {
    const { path, token } = await make(project);
    const id = Number(path.split('/').at(-1));
    const { body } = await api.call('post', `${path}/rotate`, owner.token);
    await api.call('delete', `${path}/secrets/${body.secrets[0].id}`, owner.token);
    await api.call('put', `${path}/rotation`, owner.token, { every_days: 30 });
    await api.call('delete', path, owner.token);
    const { body: events, text } = await api.admin('get', '/audit_events?per_page=5');
    expect(events.map(({ type }: { type: string }) => type)).toEqual([
      'deploy_token.revoked',
      'deploy_token.updated',
      'deploy_token.secret_ended',
      'deploy_token.rotated',
      'deploy_token.created',
    ]);
    for (const { target, author, details } of events) {
      expect(target).toEqual({ kind: 'deploy_token', id, path: 'cluster' });
      expect(author).toMatchObject({ kind: 'user', id: owner.id });
      expect(details.project_id).toBe(Number(project.split('/').at(-1)));
    }
    for (const secret of [token, body.token]) expect(text).not.toContain(secret);
  });

  test('who may: Maintainers of a project, Owners of a group', async () => {
    const ofProject = await make(project);
    const ofGroup = await make('/groups/acme');
    const status = async (person: Person, { path }: { path: string }) => [
      (await api.call('post', `${path}/rotate`, person.token)).status,
      (await api.call('put', `${path}/rotation`, person.token, { every_days: 9 })).status,
      (await api.call('delete', `${path}/secrets/1`, person.token)).status,
    ];
    expect(await status(maintainer, ofProject)).toEqual([200, 200, 404]);
    expect(await status(maintainer, ofGroup)).toEqual([403, 403, 403]);
    expect(await status(developer, ofProject)).toEqual([403, 403, 403]);
  });
});

describe('by the calendar', () => {
  test('AUTO-19: at most 366 days, null for none', async () => {
    const { path } = await make(project);
    const set = (every_days: unknown) =>
      api.call('put', `${path}/rotation`, owner.token, { every_days });
    const { body } = await set(90);
    const due = new Date(api.world.clock.now() + 90 * DAY).toISOString();
    expect(body).toMatchObject({ rotate_every_days: 90, rotation_due_at: due });
    expect((await set(366)).status).toBe(200);
    for (const wrong of [0, 367, -1, 1.5, 'often']) expect((await set(wrong)).status).toBe(400);
    expect((await set(null)).body).toMatchObject({
      rotate_every_days: null,
      rotation_due_at: null,
    });
  });

  test('AUTO-19: an administrator lists what ends or is due, of all holders', async () => {
    const [ending, due, later] = [
      await make(project),
      await make('/groups/acme'),
      await make(project),
    ];
    const end = new Date(api.world.clock.now() + 10 * DAY).toISOString();
    await api.call('post', `${ending.path}/rotate`, owner.token, { expires_at: end });
    await api.call('put', `${due.path}/rotation`, owner.token, { every_days: 20 });
    await api.call('put', `${later.path}/rotation`, owner.token, { every_days: 40 });
    const within = async (days: number) => {
      const { body } = await api.admin(
        'get',
        `/deploy_tokens?expiring=${days}d&active=true&per_page=100`,
      );
      return body.map(({ id, holder }: { id: number; holder: { full_path: string } }) => [
        id,
        holder.full_path,
      ]);
    };
    const idOf = ({ path }: { path: string }) => Number(path.split('/').at(-1));
    const soon = [[idOf(ending), 'acme/app']];
    expect(await within(10)).toEqual(expect.arrayContaining(soon));
    expect(await within(30)).toEqual(expect.arrayContaining([...soon, [idOf(due), 'acme']]));
    expect((await within(30)).map(([id]: [number]) => id)).not.toContain(idOf(later));
    expect((await within(50)).map(([id]: [number]) => id)).toContain(idOf(later));
    expect((await api.call('get', '/deploy_tokens?expiring=30d', owner.token)).status).toBe(403);
    for (const query of ['?expiring=soon', '?expiring=30d&active=false']) {
      expect((await api.admin('get', `/deploy_tokens${query}`)).status).toBe(400);
    }
  });
});
