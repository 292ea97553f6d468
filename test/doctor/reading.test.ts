/** What the doctor reads of others: bounded, in time, without control characters, and whatever they send. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../src/clock.ts';
import { bearerOf, readChallenges } from '../../src/doctor/challenge.ts';
import { judgeToken } from '../../src/doctor/check-token.ts';
import { createSend } from '../../src/doctor/exchange.ts';
import { quote } from '../../src/doctor/quote.ts';
import { kidForm, readToken } from '../../src/doctor/token-text.ts';

const jwt = (header: unknown, claims: unknown): string =>
  [header, claims, 'signature']
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');

describe('a challenge', () => {
  test('is read with and without quotes, with escapes, after others', () => {
    const header = String.raw`Basic realm="a, b", Bearer realm="https://a/token?x=1,2",service=plain,Scope="say \"x\""`;
    expect(readChallenges(header).map(({ scheme }) => scheme)).toEqual(['basic', 'bearer']);
    expect(Object.fromEntries(bearerOf(header)?.parameters ?? [])).toEqual({
      realm: 'https://a/token?x=1,2',
      service: 'plain',
      scope: 'say "x"',
    });
  });

  test.each(['', undefined, '"', '=,=,', 'Bearer', '\u0000'.repeat(99), 'realm="x"'])(
    'that makes no sense has no realm: %j',
    (header) => expect(bearerOf(header)?.parameters.get('realm')).toBeUndefined(),
  );

  test('a long one takes no time', () => {
    const begun = Date.now();
    readChallenges(`Bearer realm="${'\\'.repeat(60_000)}`);
    readChallenges('a='.repeat(30_000));
    expect(Date.now() - begun).toBeLessThan(2000);
  });
});

describe('a token', () => {
  test.each(['', 'a.b', 'a.b.c', 'a.b.c.d', jwt(1, 2), jwt({}, null), jwt('x', {})])(
    'that is none: %j',
    (raw) => expect(readToken(raw)).toBeNull(),
  );

  test('with claims of the wrong kind is read as far as it goes', () => {
    const claims = { iss: 1, aud: ['a'], exp: 'x', access: [null, 1, { type: 'repository' }] };
    const text = readToken(jwt({ alg: 1, x5c: ['not base64!'] }, claims));
    expect(text).toMatchObject({
      issuer: null,
      expiresAt: null,
      hasChain: true,
      certificate: null,
    });
  });

  test('its kid shows by its form how it was made', () => {
    const libtrust = Array.from({ length: 12 }, () => 'ABC2').join(':');
    expect([libtrust, 'x'.repeat(43), 'k1'].map(kidForm)).toEqual([
      'libtrust',
      'thumbprint',
      'other',
    ]);
  });

  test('a long one, and an audience in a list', () => {
    const now = Math.floor(Date.now() / 1000);
    const long = { aud: 'a', iat: now, exp: now + 300, x: 'x'.repeat(8000) };
    const list = { aud: ['a'], iat: now, exp: now + 300 };
    const codes = [long, list].map((claims) => {
      const raw = jwt({ alg: 'ES256' }, claims);
      const given = { raw, text: readToken(raw), expiresIn: 300, at: now * 1000 };
      return judgeToken(given, 'a').map(({ code }) => code);
    });
    expect(codes).toEqual([['token_too_long'], ['audience_list']]);
  });
});

test('words of others are cut, starred and harmless', () => {
  expect(quote('a\u001b[31m\nb\tc')).toBe('a?[31m b c');
  expect(quote(`you sent geheim: ${'x'.repeat(500)}`, ['geheim'])).toMatch(/^you sent \*{8}: x+…$/);
});

describe('an exchange', () => {
  let server: Server;

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function ask(listener: RequestListener, deadline = 2000) {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const verifies = () => true;
    const send = createSend({ deadline, authorities: undefined, clock: systemClock, verifies });
    const { port } = server.address() as AddressInfo;
    return send({ url: new URL(`http://127.0.0.1:${port}/`) });
  }

  test('reads no more than 64 KiB of a body without end', async () => {
    const answer = await ask((_req, res) => {
      const more = (): void => {
        while (res.writable && res.write('x'.repeat(65_536)));
        res.once('drain', more);
      };
      more();
    });
    expect(answer).toMatchObject({ kind: 'answer', text: 'x'.repeat(65_536) });
  });

  test('ends at its deadline though a byte comes now and then', async () => {
    const begun = Date.now();
    const answer = await ask((_req, res) => {
      const timer = setInterval(() => res.write('x'), 50).unref();
      res.on('close', () => clearInterval(timer));
    }, 400);
    expect(answer).toMatchObject({ kind: 'trouble', trouble: 'no_answer_in_time' });
    expect(Date.now() - begun).toBeLessThan(3000);
  });

  test('follows no redirect', async () => {
    let asked = 0;
    const answer = await ask((_req, res) => {
      asked += 1;
      res.writeHead(302, { Location: '/again' }).end();
    });
    expect([answer.kind === 'answer' && answer.status, asked]).toEqual([302, 1]);
  });

  test('headers without end are no HTTP', async () => {
    const answer = await ask(
      (_req, res) => void res.writeHead(200, { X: 'x'.repeat(70_000) }).end(),
    );
    expect(answer).toMatchObject({ kind: 'trouble', trouble: 'no_http' });
  });
});
