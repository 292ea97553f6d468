import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret } from '../../../src/credential/secret.ts';
import { get, post, startTokenServer, type TokenServer } from '../../support/token-server.ts';

const PASSWORD = 'correct horse';
const OPEN = 'repository:acme/open:pull';
let server: TokenServer;

beforeAll(async () => {
  server = await startTokenServer();
  await server.user('jane', { password: new Secret(PASSWORD) });
  await server.group('acme');
  await server.project('acme/open', { visibility: 'public' });
});
afterAll(() => server.close());

describe('a bad credential', () => {
  test.each<[string, readonly [string, string]]>([
    ['a wrong password', ['jane', 'wrong']],
    ['an unknown user', ['nobody', PASSWORD]],
    ['a mistyped token', ['jane', 'glpat-0']],
    ['an empty password', ['jane', '']],
    ['P-34: an empty username with something', ['', 'an-identity-token']],
    ['P-34: an empty username with a password', ['', PASSWORD]],
    ['nothing on both sides', ['', '']],
  ])('P-02, row 6: %s: 401, although the image is public', async (_, as) => {
    const answer = await get(server, { as, scope: OPEN });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
    expect(answer.body).not.toHaveProperty('token');
    expect(answer.body).toMatchObject({
      errors: [{ code: 'UNAUTHORIZED', message: expect.any(String) }],
      details: expect.stringContaining('request '),
    });
  });

  test('T6: unknown and wrong differ in nothing but the name of the request', async () => {
    const plain = async (as: readonly [string, string]) => {
      const { status, text, headers } = await get(server, { as, scope: OPEN });
      const names = [...headers.keys()].filter((name) => name !== 'date');
      return [status, names, text.replace(/request [\w-]+/g, '')];
    };
    const wrong = await plain(['jane', 'wrong']);
    expect(await plain(['nobody', 'wrong'])).toEqual(wrong);
    expect(await plain(['jane', 'glpat-0'])).toEqual(wrong);
    expect(await plain(['robot', 'gldt-0'])).toEqual(wrong);
    expect(await plain(['gitlab-ci-token', 'glcbt-0'])).toEqual(wrong);
  });

  test.each(['Basic', 'Bearer abc', 'Basic %%%', `Basic ${btoa('nocolon')}`])(
    'the header %j is no credential: 401, never anonymous',
    async (authorization) => {
      const answer = await get(server, { scope: OPEN, headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(answer.body['details']).toMatch(/takes "Basic" credentials|is not "Basic" and base64/);
    },
  );

  test.each(['a\0b', 'a\nb', 'a\tb', 'a\x7fb', 'a\ufffdb'])(
    '%j can be no password: it is refused unchecked, by GET and by POST',
    async (password) => {
      for (const ask of [get, post]) {
        const answer = await ask(server, { as: ['jane', password] });
        expect(answer.status).toBe(401);
        expect(answer.body['details']).toMatch('UTF-8 without control characters');
      }
    },
  );
});
