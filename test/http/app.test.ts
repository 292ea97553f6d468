import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { createApp, type AppDeps } from '../../src/http/app.ts';
import { AppError, storeUnavailable } from '../../src/errors.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
let deps: AppDeps;
beforeAll(async () => {
  world = await openWorld('trusted_proxies: [127.0.0.1]');
  const { settings, clock, store, keys, secretHash, logged } = world;
  const authenticate = async () => ({ kind: 'rejected', reason: '', message: '' }) as const;
  deps = { settings, clock, store, keys, secretHash, log: logged.log, authenticate };
});
afterAll(() => world.close());

const app = (more: Partial<AppDeps> = {}) => request(createApp({ ...deps, ...more }));

describe('open pages', () => {
  test('/ names the realm', async () => {
    const answer = await app()
      .get('/')
      .set('Host', 'tokens.example.com')
      .set('X-Forwarded-Proto', 'https');
    expect(answer.text).toContain('realm: https://tokens.example.com/token\n');
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.headers['x-powered-by']).toBeUndefined();
    expect(answer.headers['content-security-policy']).toBe(
      "default-src 'none';frame-ancestors 'none'",
    );
  });

  test('/.well-known/jwks.json has public keys only', async () => {
    const answer = await app().get('/.well-known/jwks.json');
    const { keys } = JSON.parse(answer.text) as { keys: Record<string, unknown>[] };
    expect(answer.headers['content-type']).toMatch(/^application\/jwk-set\+json/);
    expect(keys[0]).toMatchObject({ kty: 'EC', crv: 'P-256' });
    for (const key of keys) expect(key).not.toHaveProperty('d');
  });

  test('/ca.crt is the CA certificate alone', async () => {
    const answer = await app()
      .get('/ca.crt')
      .buffer(true)
      .parse((res, done) => {
        let text = '';
        res.on('data', (chunk: Buffer) => (text += chunk.toString()));
        res.on('end', () => done(null, text));
      });
    const pem = answer.body as string;
    expect(answer.headers['content-type']).toMatch(/^application\/x-pem-file/);
    expect(new X509Certificate(pem).ca).toBe(true);
    expect(pem).not.toContain('PRIVATE');
    expect(pem.match(/BEGIN/g)).toHaveLength(1);
  });

  test('P-54: of a service both are its own; of one that there is not, neither', async () => {
    const settings = { ...world.settings, services: { 'a b': {}, c: {} } } as never;
    const keys = {
      ...world.keys,
      jwks: (service?: string) => ({ keys: [], service }),
      caCertificatePem: (service?: string) => `of ${service}`,
    };
    const own = app({ settings, keys });
    const jwks = await own.get('/.well-known/jwks.json?service=a%20b');
    expect(JSON.parse(jwks.text)).toEqual({ keys: [], service: 'a b' });
    const all = await own.get('/.well-known/jwks.json?service=');
    expect(JSON.parse(all.text)).toEqual({ keys: [] });
    for (const service of ['d', '__proto__', 'constructor']) {
      expect((await own.get(`/.well-known/jwks.json?service=${service}`)).status).toBe(404);
      expect((await own.get(`/ca.crt?service=${service}`)).status).toBe(404);
    }
    expect((await own.get('/ca.crt?service=c&service=d')).status).toBe(400);
  });

  test('/healthz is about the process', async () => {
    const away = { ...world.store, ping: () => Promise.reject(storeUnavailable('gone')) };
    const answer = await app({ store: away }).get('/healthz');
    expect([answer.status, answer.body]).toEqual([200, { status: 'ok' }]);
  });

  test('private keys are nowhere', async () => {
    for (const path of ['/ca.key', '/keys/ca.key', '/ca.crt/', '/.well-known/', '/..%2fca.key']) {
      expect((await app().get(path)).status).toBe(404);
    }
  });
});

describe('faults', () => {
  const failing = (fault: unknown) => {
    const admit = () => Promise.reject(fault as Error);
    const personalAccessTokens = { ...world.store.personalAccessTokens, admit };
    return app({ store: { ...world.store, personalAccessTokens } })
      .get('/api/v4/user')
      .set('PRIVATE-TOKEN', 'glpat-secret');
  };

  test('503 with Retry-After where the store cannot tell, and not 401', async () => {
    const answer = await failing(storeUnavailable('the disk is full'));
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
    expect(answer.text).not.toContain('disk');
    expect(world.logged.lines('store unavailable').at(-1)).toMatchObject({
      detail: 'the disk is full',
      request_id: answer.headers['x-request-id'],
    });
  });

  test('500 in fixed words, with the cause in the log alone', async () => {
    const answer = await failing(new TypeError('x is not a function in /srv/app.js'));
    expect([answer.status, answer.body]).toEqual([500, { message: '500 Internal Server Error' }]);
    const line = world.logged.lines('api request failed').at(-1);
    expect(line).toMatchObject({ request_id: answer.headers['x-request-id'] });
    expect(JSON.stringify(line)).toContain('x is not a function');
  });

  test('an AppError goes out with its status and words', async () => {
    const answer = await failing(
      new AppError('too_many_requests', 'Slow down.', { retryAfter: 7 }),
    );
    expect([answer.status, answer.headers['retry-after'], answer.body]).toEqual([
      429,
      '7',
      { message: 'Slow down.' },
    ]);
  });
});
