/** One push of many layers asks for many tokens at once, and none of its requests is one too many. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret } from '../../../src/credential/secret.ts';
import {
  get,
  granted,
  post,
  startTokenServer,
  type TokenServer,
} from '../../support/token-server.ts';

const REQUESTS = 200;
const PUSH = 'repository:acme/app:pull,push';
const logins: Record<string, readonly [string, string]> = {};
let server: TokenServer;

beforeAll(async () => {
  server = await startTokenServer();
  const jane = await server.user('jane', { password: new Secret('correct horse') });
  await server.group('acme');
  const app = await server.project('acme/app');
  await server.project('acme/base');
  for (const path of ['acme/app', 'acme/base']) await server.member(path, 'jane', 'developer');
  await server.allow('acme/base', 'acme/app');
  const deploy = await server.deployToken(app, ['read_registry', 'write_registry']);
  Object.assign(logins, {
    'a job': ['gitlab-ci-token', (await server.job(app, jane)).token.reveal()],
    'a deploy token': [deploy.username, deploy.secret],
    'a personal access token': ['jane', (await server.personalAccessToken(jane, ['api'])).secret],
    'a password': ['jane', 'correct horse'],
  });
});
afterAll(() => server.close());

describe('P-36: two hundred requests of one push at the same time are all answered', () => {
  test.each(['a job', 'a deploy token', 'a personal access token', 'a password'])(
    'of %s, by GET and by POST',
    async (kind) => {
      const as = logins[kind];
      // What a mount asks for is never kept by the client, so each layer asks again.
      const scope = [PUSH, 'repository:acme/base:pull'];
      const answers = await Promise.all(
        Array.from({ length: REQUESTS }, (_, i) =>
          (i % 2 === 0 ? get : post)(server, { as, scope }),
        ),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      for (const answer of answers.slice(0, 4)) {
        expect(await granted(server, answer)).toContain(PUSH);
      }
    },
  );

  test('and none of them was told to wait', () => {
    expect(server.logged.lines('token issued').length).toBe(4 * REQUESTS);
    expect(server.logged.text()).not.toContain('too_many_requests');
  });
});
