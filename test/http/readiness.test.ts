/** /readyz over stores that are in every state that the port knows. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { storeUnavailable } from '../../src/errors.ts';
import { createApp, type AppDeps } from '../../src/http/app.ts';
import type { Serving, ServingState } from '../../src/store/ports.ts';
import { openWorld, type World } from '../support/world.ts';

const KINDS = ['anonymous', 'job_token', 'deploy_token', 'personal_access_token', 'password'];
const YES: ServingState = { served: true };
const no = (why: string): ServingState => ({ served: false, why });

let world: World;
let deps: AppDeps;
beforeAll(async () => {
  world = await openWorld();
  const { settings, clock, store, keys, secretHash, logged } = world;
  const authenticate = async () => ({ kind: 'rejected', reason: '', message: '' }) as const;
  deps = { settings, clock, store, keys, secretHash, log: logged.log, authenticate };
});
afterAll(() => world.close());

const ask = (more: Partial<AppDeps> = {}) =>
  request(createApp({ ...deps, ...more })).get('/readyz');

/** A store that can answer for the given kinds only. */
function storeThatServes(serving: Partial<Serving>, pings = true): AppDeps['store'] {
  const all: Serving = { jobTokens: YES, storedTokens: YES, anonymous: YES };
  return {
    ...world.store,
    serving: () => Promise.resolve({ ...all, ...serving }),
    ping: () => (pings ? Promise.resolve() : Promise.reject(storeUnavailable('10.0.0.7 is away'))),
  };
}

function settingsWith(anonymousPull: boolean, password: boolean): AppDeps['settings'] {
  const { anonymous, credentials } = world.settings;
  return {
    ...world.settings,
    anonymous: { ...anonymous, pull: anonymousPull },
    credentials: { ...credentials, password },
  };
}

test('the embedded store serves every kind', async () => {
  const { status, headers, body } = await ask();
  const credentials = Object.fromEntries(KINDS.map((kind) => [kind, true]));
  expect([status, body]).toEqual([
    200,
    { status: 'ready', signing: true, store: true, credentials },
  ]);
  expect(headers['cache-control']).toBe('no-store');
});

test('jobs alone cannot be answered for: 200, and why not', async () => {
  const store = storeThatServes({ jobTokens: no('their history is being vetted') });
  const { status, body } = await ask({ store });
  expect([status, body]).toEqual([
    200,
    {
      status: 'degraded',
      signing: true,
      store: true,
      credentials: {
        anonymous: true,
        job_token: false,
        deploy_token: true,
        personal_access_token: true,
        password: true,
      },
      why: { job_token: 'their history is being vetted' },
    },
  ]);
});

test('anonymous pulls alone can be answered for: 200, since somebody is served', async () => {
  const away = no('the store is away');
  const store = storeThatServes({ jobTokens: away, storedTokens: away }, false);
  const { status, headers, body } = await ask({ store });
  expect(status).toBe(200);
  expect(headers['retry-after']).toBeUndefined();
  expect(body).toMatchObject({ status: 'degraded', store: false });
  expect(body.credentials).toEqual({
    anonymous: true,
    job_token: false,
    deploy_token: false,
    personal_access_token: false,
    password: false,
  });
  expect(Object.keys(body.why as object)).toEqual(KINDS.slice(1));
});

describe('503 only where no kind can be served', () => {
  const away = no('the store is away');
  const none: Serving = { jobTokens: away, storedTokens: away, anonymous: away };
  const nothing = Object.fromEntries(KINDS.map((kind) => [kind, false]));

  test('the store is away altogether; no address is told', async () => {
    const answer = await ask({ store: storeThatServes(none, false) });
    expect([answer.status, answer.headers['retry-after'], answer.body]).toEqual([
      503,
      '1',
      {
        status: 'unavailable',
        signing: true,
        store: false,
        credentials: nothing,
        why: Object.fromEntries(KINDS.map((kind) => [kind, 'the store is away'])),
      },
    ]);
    expect(answer.text).not.toContain('10.0.0.7');
  });

  test('what anonymous.pull switches off holds nothing up', async () => {
    const store = storeThatServes({ jobTokens: away, storedTokens: away });
    const answer = await ask({ store, settings: settingsWith(false, true) });
    expect(answer.status).toBe(503);
    expect(answer.body.why).toMatchObject({ anonymous: 'switched off: anonymous.pull' });
  });

  test('there is no valid signing key, whatever the store can do', async () => {
    const keys = { ...world.keys, state: () => ({ ok: false }) };
    const { status, body } = await ask({ keys });
    expect(status).toBe(503);
    expect(body).toMatchObject({ signing: false, store: true, credentials: nothing });
    expect(body.why).toMatchObject({ job_token: expect.stringContaining('signing key') });
  });

  test('a real store that has been closed', async () => {
    const other = await openWorld();
    await other.store.close();
    const { status, body } = await ask({ store: other.store });
    await other.close();
    expect([status, body.why]).toMatchObject([503, { job_token: 'the store cannot be read' }]);
  });
});

test('a kind that is switched off does not make the rest less ready', async () => {
  const { status, body } = await ask({ settings: settingsWith(false, false) });
  expect([status, body.status]).toEqual([200, 'ready']);
  expect(body.why).toEqual({
    anonymous: 'switched off: anonymous.pull',
    password: 'switched off: credentials.password',
  });
});
