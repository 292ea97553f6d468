import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Secret } from '../../src/credential/secret.ts';
import { createTokenClassifier, hideToken, mintToken } from '../../src/credential/token-format.ts';

const classify = createTokenClassifier({
  personal_access_token: ['glpat-', 'old_'],
  deploy_token: ['gldt-'],
  job_token: ['glcbt-'],
  refresh_token: ['wprt-'],
  extended_job_token: ['glxjt-'],
});
const shapeOf = (text: string) => classify(new Secret(text));

describe('a new token', () => {
  test('JOB-01: is unique, and has 160 random bits in 27 digits', () => {
    const tokens = Array.from({ length: 10_000 }, () => mintToken('gldt-').reveal());
    expect(new Set(tokens).size).toBe(tokens.length);
    // Every digit but the first few takes each of its 62 values: nothing is padded or cut.
    const last = new Set(tokens.map((token) => token.charAt(5 + 26)));
    expect(last.size).toBe(62);
  });

  test.each([
    ['glpat-', 'personal_access_token'],
    ['old_', 'personal_access_token'],
    ['gldt-', 'deploy_token'],
    ['glcbt-', 'job_token'],
  ])('%s is known as a %s', (prefix, kind) => {
    expect(classify(mintToken(prefix))).toEqual({ kind, form: 'opaque' });
  });

  test('T52: a scanner finds it by its form and tells it from look-alikes by its checksum', () => {
    const scanner = /\b(?:glpat|gldt|glcbt)-[0-9A-Za-z]{33}\b/g;
    const leaked = ['glpat-', 'gldt-', 'glcbt-'].map((prefix) => mintToken(prefix).reveal());
    const page = `user: x\npassword: ${leaked[0]}\nauths="${leaked[1]}",token=${leaked[2]}\ngldt-none`;
    const found = page.match(scanner) ?? [];
    expect(found).toEqual(leaked);
    expect(found.every((text) => shapeOf(text)?.form === 'opaque')).toBe(true);
    const lookAlikes = Array.from(
      { length: 10_000 },
      (_, i) => `gldt-${String(i).padStart(33, 'a')}`,
    );
    expect(lookAlikes.filter((text) => shapeOf(text)?.form === 'opaque')).toEqual([]);
  });
});

describe('T2: the checksum', () => {
  const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

  test('any single changed character is noticed', () => {
    const text = mintToken('glpat-').reveal();
    for (let at = 'glpat-'.length; at < text.length; at++) {
      for (const digit of DIGITS) {
        if (digit === text[at]) continue;
        const changed = text.slice(0, at) + digit + text.slice(at + 1);
        expect(shapeOf(changed)).toEqual({ kind: 'personal_access_token', form: 'malformed' });
      }
    }
  });

  test('swapped neighbours are noticed', () => {
    const text = mintToken('gldt-').reveal();
    for (let at = 5; at + 1 < text.length; at++) {
      const [a = '', b = ''] = [text[at], text[at + 1]];
      if (a === b) continue;
      expect(shapeOf(text.slice(0, at) + b + a + text.slice(at + 2))?.form).toBe('malformed');
    }
  });

  test('a valid body under another prefix is noticed', () => {
    const text = mintToken('glpat-').reveal();
    expect(shapeOf(text.replace('glpat-', 'gldt-'))).toEqual({
      kind: 'deploy_token',
      form: 'malformed',
    });
  });

  test('a megabyte is malformed', () => {
    expect(shapeOf(`glpat-${'a'.repeat(1_000_000)}`)?.form).toBe('malformed');
  });

  test.each(['glpat-', 'glpat-short', `gldt-${'é'.repeat(33)}`, 'glcbt-'])(
    '%s is malformed',
    (text) => {
      expect(shapeOf(text)?.form).toBe('malformed');
    },
  );
});

describe('T7: the prefix alone routes', () => {
  test.each([
    '',
    'secret',
    'GLPAT-x',
    ' glpat-x',
    'xglpat-',
    'glpat',
    'glrt-t1_abc',
    '__proto__',
    'gl',
  ])('%j is no token, so it may be a password', (text) => {
    expect(shapeOf(text)).toBeNull();
  });

  test('a job token with dots is a JWT, without the prefix; other kinds have no such form', () => {
    expect(shapeOf('glcbt-a.b.c')).toEqual({ kind: 'job_token', form: 'jwt', jwt: 'a.b.c' });
    expect(shapeOf('glpat-a.b.c')?.form).toBe('malformed');
  });

  test('a secret is a token if and only if it starts with a known prefix', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.constantFrom('glpat-', 'old_', 'gldt-', 'glcbt-'), fc.string())
        .map((p) => p.join('')),
    );
    fc.assert(
      fc.property(text, (t) => {
        expect(shapeOf(t) !== null).toBe(/^(glpat-|old_|gldt-|glcbt-)/.test(t));
      }),
    );
  });
});

describe('T32: a token in the place of a name', () => {
  test.each([mintToken('glpat-').reveal(), mintToken('any_').reveal(), 'glcbt-eyJh.eyJi.c2ln'])(
    '%s becomes stars',
    (text) => {
      expect(hideToken(text)).toBe('********');
    },
  );

  test.each([
    null,
    '',
    'jane',
    'gitlab+deploy-token-1',
    'gitlab-ci-token',
    'a-bot-with-a-rather-long-name',
  ])('%j stays', (text) => {
    expect(hideToken(text)).toBe(text);
  });
});
