/** An event of a registry is joined with who it was here, and with the tokens that may have been used. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StartedJob } from '../../../src/lifecycle/start-job.ts';
import type { ProjectRecord, UserRecord } from '../../../src/store/records.ts';
import { claimsOf, get, startTokenServer, type TokenServer } from '../../support/token-server.ts';
import { eventOf, newId, notify, SETTINGS, written, type Told } from './support.ts';

let server: TokenServer;
let jane: UserRecord;
let app: ProjectRecord;
let job: StartedJob;

beforeAll(async () => {
  server = await startTokenServer(SETTINGS);
  jane = await server.user('jane');
  await server.group('acme');
  app = await server.project('acme/app');
  await server.member('acme/app', 'jane', 'maintainer');
  job = await server.job(app, jane);
});
afterAll(() => server.close());

async function told(event: Told) {
  const id = newId();
  expect((await notify(server, eventOf({ ...event, id, at: server.clock.now() }))).status).toBe(
    200,
  );
  const [found, ...others] = await written(server, id);
  expect(others).toEqual([]);
  if (found === undefined) throw new Error('the event is not in the stream');
  return found;
}

const PUSH = 'repository:acme/app:pull,push';
/** Asks for a token and gives its id. */
async function jtiOf(as: readonly [string, string], scope = PUSH): Promise<string> {
  return String((await claimsOf(server, await get(server, { as, scope }))).jti);
}

test('P-59: all that a registry tells, under who did it', async () => {
  const as = ['gitlab-ci-token', job.token.reveal()] as const;
  const jti = await jtiOf(as);
  await jtiOf(as, 'repository:acme/app:pull');
  const event = await told({ actor: `job:${job.job.id}` });
  expect(event).toEqual({
    id: expect.any(String),
    time: expect.any(String),
    instance: null,
    type: 'registry.push',
    author: { kind: 'job', id: job.job.id, name: `job:${job.job.id}`, user_id: jane.id },
    target: { kind: 'project', id: app.id, path: 'acme/app' },
    ip: '192.0.2.44',
    request_id: expect.any(String),
    details: {
      event_id: event.details['event_id'],
      happened_at: new Date(server.clock.now()).toISOString(),
      action: 'push',
      repository: 'acme/app',
      tag: 'v1',
      digest: expect.stringMatching(/^sha256:a{64}$/),
      actor: `job:${job.job.id}`,
      user_agent: 'skopeo/1.22.0',
      registry: 'registry-1:5000',
      registry_request: 'f4e1c9ba-9ab0-4c0b-9dbd-6f31e0f2ad39',
      job_id: job.job.id,
      user_id: jane.id,
      pipeline_id: 11,
      project_id: app.id,
      // The other one could not push.
      jtis: [jti],
      project_ids: [app.id],
    },
  });
});

test.each(['push', 'pull', 'delete'])('P-59: %s has a type of its own', async (action) => {
  expect(await told({ action })).toMatchObject({ type: `registry.${action}` });
});

test('P-59: a mount says where the layer came from', async () => {
  const target = { fromRepository: 'acme/base' };
  const { type, details } = await told({ action: 'mount', target });
  expect([type, details['from_repository']]).toEqual(['registry.mount', 'acme/base']);
});

describe('P-59: the credential', () => {
  test('of a person: the personal access token, where only one can have been used', async () => {
    const one = await server.personalAccessToken(jane, ['api']);
    const jti = await jtiOf(['jane', one.secret]);
    expect(await told({ actor: 'user:jane' })).toMatchObject({
      author: { kind: 'user', id: jane.id, name: 'jane', token_id: one.id },
      details: { user_id: jane.id, token_ids: [one.id], jtis: [jti] },
    });
    const two = await server.personalAccessToken(jane, ['api']);
    await jtiOf(['jane', two.secret]);
    expect(await told({ actor: 'user:jane' })).toMatchObject({
      author: { token_id: null },
      details: { token_ids: [one.id, two.id] },
    });
  });

  test('a token that had ended, or was for another repository, is none of them', async () => {
    const max = await server.user('max');
    await server.member('acme/app', 'max', 'maintainer');
    const { id, secret } = await server.personalAccessToken(max, ['api']);
    await jtiOf(['max', secret]);
    const other = await told({ actor: 'user:max', repository: 'acme/app/other' });
    expect(other.details['token_ids']).toEqual([]);
    // A registry takes a token for a minute longer than it lives.
    server.clock.advance(959_000);
    expect((await told({ actor: 'user:max' })).details['token_ids']).toEqual([id]);
    server.clock.advance(2_000);
    expect((await told({ actor: 'user:max' })).details['token_ids']).toEqual([]);
  });

  test('of a deploy token: its id', async () => {
    const { id, username, secret } = await server.deployToken(app, ['read_registry']);
    const jti = await jtiOf([username, secret], 'repository:acme/app:pull');
    expect(await told({ actor: `deploy_token:${id}`, action: 'pull' })).toMatchObject({
      author: { kind: 'deploy_token', id, name: `deploy_token:${id}` },
      details: { deploy_token_id: id, jtis: [jti] },
    });
  });

  test.each([
    ['nobody', '', 'anonymous'],
    ['somebody who is gone', 'user:nobody', 'unknown'],
    ['a subject that is none of ours', 'robot$pusher', 'unknown'],
    ['a number that is none', 'deploy_token:1e3', 'unknown'],
    ['a very large number', `deploy_token:${'9'.repeat(40)}`, 'unknown'],
  ])('of %s', async (_, actor, kind) => {
    const { author, details } = await told({ actor });
    expect([author, details['actor']]).toEqual([{ kind }, actor]);
  });
});

test('P-59: a repository below a project is found with it, and one of no project as well', async () => {
  const below = await told({ repository: 'acme/app/cache' });
  expect(below.target).toEqual({ kind: 'project', id: app.id, path: 'acme/app/cache' });
  for (const repository of ['no/such', '../..//x', '%2e%2e', "a'; drop table x", 'ä/ö']) {
    const { target, details } = await told({ repository });
    expect([target, details['project_ids']]).toEqual([
      { kind: 'project', id: null, path: repository },
      [],
    ]);
  }
});

test('long texts are cut, and an address that is none is left out', async () => {
  const event = eventOf({ target: { tag: 't'.repeat(100_000) } });
  const request = { ...event.request, addr: '<script>', useragent: 'u'.repeat(100_000) };
  await notify(server, { ...event, request });
  const [found] = await written(server, event.id);
  expect(found?.ip).toBeNull();
  for (const name of ['tag', 'user_agent']) expect(String(found?.details[name]).length).toBe(201);
});
