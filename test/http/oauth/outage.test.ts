/** What the OAuth endpoints say while the store cannot tell. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { noChanges } from '../../../src/audit/trail.ts';
import { composeOAuth } from '../../../src/compose-oauth.ts';
import type { Parts } from '../../../src/compose-parts.ts';
import { mintToken } from '../../../src/credential/token-format.ts';
import { storeUnavailable } from '../../../src/errors.ts';
import { createApp } from '../../../src/http/app.ts';
import { createHttpServer, drain, listen } from '../../../src/http/server.ts';
import { authenticateOver } from '../../credential/login.ts';
import { openWorld, type World } from '../../support/world.ts';
import { form, SERVICES } from '../token/harbour.ts';

let world: World;
let url: string;
let close: () => Promise<void>;

beforeAll(async () => {
  world = await openWorld(SERVICES);
  const away = () => Promise.reject(storeUnavailable('nobody is at home'));
  const { refreshTokens, personalAccessTokens } = world.store;
  const store = {
    ...world.store,
    refreshTokens: { ...refreshTokens, admit: away, revoke: away },
    personalAccessTokens: { ...personalAccessTokens, revoke: away },
  };
  const { settings, keys, secretHash, clock, logged } = world;
  const authenticate = authenticateOver(world);
  const audit = { changes: noChanges };
  const parts = { settings, keys, secretHash, clock, store, log: logged.log, authenticate, audit };
  const oauth = composeOAuth(parts as unknown as Parts);
  const app = createApp({
    settings,
    keys,
    secretHash,
    clock,
    store,
    log: logged.log,
    authenticate,
    oauth,
  });
  const server = createHttpServer(() => false, app);
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${port}`;
  close = () => drain(server, 1000);
});
afterAll(async () => {
  await close();
  await world.close();
});

test('P-60: a revocation that is not written is not acknowledged: 503 with Retry-After', async () => {
  const { secret } = await world.personalAccessToken(await world.user('jane'), ['api']);
  for (const token of [mintToken('wprt-').reveal(), secret]) {
    const answer = await form({ url }, '/oauth/revoke', { token });
    expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('1');
  }
});

test('P-60: nor is a token said to be no good: 503', async () => {
  const { secret } = await world.personalAccessToken(await world.user('john'), ['api']);
  const token = mintToken('wprt-').reveal();
  const headers = { authorization: `Bearer ${secret}` };
  const answer = await form({ url }, '/oauth/introspect', { token }, headers);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(world.logged.text()).not.toContain(token);
});
