/** Why a registry refuses a token, and why one does not come through. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { X509Certificate } from 'node:crypto';
import { readConfiguration } from '../../src/doctor/registry-configuration.ts';
import { judgeRefusal, type Refusal } from '../../src/doctor/check-trust.ts';
import { readToken, type TokenText } from '../../src/doctor/token-text.ts';
import { describeWith } from '../support/programs.ts';
import { login, openYard, problems, without, type RegistryChange, type Yard } from './yard.ts';

describeWith(['docker-registry'], 'a registry that refuses the token', () => {
  let yard: Yard;

  beforeAll(async () => {
    yard = await openYard();
  });

  afterAll(() => yard?.close());

  /** Walked without and with a look at the configuration file. */
  async function both(change: RegistryChange) {
    const { url, tree } = await yard.registry(change);
    const configuration = await readConfiguration(tree, {}, yard.folder);
    return [
      problems(await yard.examine(url)),
      problems(await yard.examine(url, { configuration })),
    ];
  }

  test('issuer: of two causes without the file, the one with it', async () => {
    expect(await both({ token: { issuer: 'somebody else' } })).toEqual([
      ['trust token_refused'],
      ['configuration issuer_mismatch', 'trust issuer_mismatch'],
    ]);
  });

  test('bundle: of two causes without the file, the one with it', async () => {
    const rootcertbundle = yard.write('foreign.crt', yard.authority.pem);
    expect(await both({ token: { rootcertbundle } })).toEqual([
      ['trust token_refused'],
      ['configuration bundle_mismatch', 'trust bundle_mismatch'],
    ]);
  });

  test('an RFC 7638 key id to Distribution 2', async () => {
    const { url } = await yard.registry({ token: { service: 'kids' } });
    const findings = await yard.examine(url);
    expect(problems(findings)).toEqual(['trust kid_mismatch']);
    expect(findings.find(({ step }) => step === 'trust')?.sentence).toContain(
      'RFC 7638 form), and the registry is Distribution 2',
    );
  });

  test('a libtrust key id whose certificate is not in the bundle', async () => {
    expect(await both({ token: { service: 'old' } })).toEqual([
      ['trust kid_mismatch'],
      ['configuration bundle_lacks_key', 'trust kid_mismatch'],
    ]);
  });

  test('a token server ten minutes ahead, or behind', async () => {
    const { url } = await yard.registry();
    yard.setAhead(600_000);
    const ahead = await yard.examine(url);
    yard.setAhead(-600_000);
    const behind = await yard.examine(url);
    yard.setAhead(0);
    expect([problems(ahead), problems(behind)]).toEqual([
      ['clock clock_difference'],
      ['clock clock_difference'],
    ]);
    expect(ahead.at(-1)?.sentence).toMatch(/at least 10 minutes ahead of .* not good yet/);
    expect(behind.at(-1)?.sentence).toMatch(/at least 10 minutes behind .* ended/);
  });

  test('a token server 30 s ahead, and a machine of our own that is late', async () => {
    const { url } = await yard.registry();
    yard.setAhead(30_000);
    const drift = await yard.examine(url);
    yard.setAhead(0);
    expect(problems(drift)).toEqual(['clock clock_drift']);
    const late = { now: () => Date.now() - 300_000 };
    expect(problems(await yard.examine(url, { clock: late }))).toEqual(['clock own_clock']);
  });

  test('a proxy takes the Authorization header away', async () => {
    const { url } = await yard.registry();
    const proxy = await yard.proxy(url, {
      request: (headers) => without(headers, 'authorization'),
    });
    expect(problems(await yard.examine(proxy))).toEqual(['trust authorization_stripped']);
  });

  test.each([431, 400])('a proxy takes no long header (%i)', async (status) => {
    const { url } = await yard.registry();
    const proxy = await yard.proxy(
      url,
      status === 431
        ? { maxHeaderSize: 4096 }
        : {
            instead: (req, res) => {
              if ((req.headers.authorization ?? '').length < 4096) return false;
              res.writeHead(400, { 'Content-Type': 'text/html' }).end('<html>400 Bad Request');
              return true;
            },
          },
    );
    expect(problems(await yard.examine(proxy))).toEqual(['headers header_too_long']);
  });

  test('it is known for what it is, and takes good tokens of each form', async () => {
    const { url } = await yard.registry();
    const [first] = await yard.examine(url);
    expect(first?.sentence).toContain('behaves as Distribution 2.');
  });

  /** As Distribution 3 answers (registry/auth/token/accesscontroller.go, token.go); every token but the first is forged. */
  async function distribution3(knowsKey: boolean, service: string) {
    const challenge = `Bearer realm="${yard.realm}",service="${service}"`;
    let first: string | null = null;
    return yard.serve((req, res) => {
      const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1];
      const isJwt = token !== undefined && readToken(token) !== null;
      if (isJwt) first ??= token;
      const badlySigned = isJwt && token !== first;
      const silent = token === undefined || (badlySigned && knowsKey);
      const error = silent ? '' : ',error="invalid_token"';
      res.writeHead(401, { 'WWW-Authenticate': challenge + error }).end();
    });
  }

  test.each([
    ['knows the key: it is the issuer', true, 'container_registry', 'issuer_mismatch'],
    ['does not know the key: it is the bundle', false, 'container_registry', 'bundle_mismatch'],
    ['gets a libtrust key id', false, 'old', 'kid_mismatch'],
  ])('Distribution 3 that %s', async (_name, knowsKey, service, code) => {
    const findings = await yard.examine(await distribution3(knowsKey, service));
    expect(findings[0]?.sentence).toContain('behaves as Distribution 3.');
    expect(problems(findings)).toEqual([`trust ${code}`]);
  });

  test('an anonymous look at a public registry sends no credential anywhere', async () => {
    const { url } = await yard.registry();
    const findings = await yard.examine(url, { credential: login('jane', 'never-good-enough') });
    expect(problems(findings)).toEqual(['login credential_refused']);
    expect(findings.find(({ step }) => step === 'trust')).toMatchObject({ verdict: 'ok' });
  });
});

describe('a refusal judged from what was seen', () => {
  const token = readToken(
    ['{"alg":"ES256","x5c":["eA"]}', '{"iss":"wharfpass","aud":"a"}', 'x']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.'),
  ) as TokenText;
  const certificate = { validFrom: 'Jan 1 00:00:00 2026 GMT', validTo: 'Jan 8 00:00:00 2026 GMT' };
  const base: Refusal = {
    token,
    kind: { generation: 2, readsAuthorization: true },
    error: 'invalid_token',
    registryTime: Date.parse('2026-02-01T00:00:00Z'),
    keyKnown: null,
    configured: new Set(),
    authority: null,
  };

  test('a certificate that the registry’s clock finds ended', () => {
    const dated = { ...token, certificate: certificate as X509Certificate };
    expect(judgeRefusal({ ...base, token: dated }).code).toBe('certificate_dates');
    expect(judgeRefusal(base).code).toBe('token_refused');
  });
});
