/** T7: every kind of login with every kind of secret. The secret's prefix decides who looks at it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { verifyPassword } from '../../src/credential/password-hash.ts';
import { Secret } from '../../src/credential/secret.ts';
import { mintToken } from '../../src/credential/token-format.ts';
import { openWorld, type World } from '../support/world.ts';
import { authenticateOver, loginOver, type Login } from './login.ts';

const LOGINS = {
  'the user': 'jane',
  'another user': 'joe',
  'an unknown user': 'nobody',
  empty: '',
  'the job login': 'gitlab-ci-token',
  'the deploy token': 'gitlab+deploy-token-1',
  'another deploy token': 'gitlab+deploy-token-2',
  'a named deploy token': 'robot',
  'the reserved deploy login': 'gitlab-deploy-token',
  'a subject': 'job:1',
  'a user in capitals': 'JANE',
  'an e-mail address': 'jane@example.com',
  root: 'root',
} as const;
type LoginKind = keyof typeof LOGINS;

/** Who comes in with which logins; every other pair is refused. */
const SECRETS: Readonly<Record<string, readonly LoginKind[] | 'any'>> = {
  'personal access token': 'any',
  'personal access token of a blocked user': [],
  'revoked personal access token': [],
  'job token (jwt)': ['the job login'],
  'job token (opaque)': ['the job login'],
  'token of a finished job': [],
  'deploy token': ['the deploy token'],
  'deploy token of another project': ['another deploy token'],
  'deploy token with a name': ['a named deploy token'],
  'revoked deploy token': [],
  password: ['the user'],
  'wrong password': [],
  'empty secret': [],
  'unknown personal access token': [],
  'unknown deploy token': [],
  'unknown job token': [],
  'mistyped personal access token': [],
  'runner token': [],
};

let world: World;
let login: Login;
const secrets: Record<string, string> = {};
let slowChecks: string[] = [];

beforeAll(async () => {
  world = await openWorld();
  const verify = async (secret: Secret, phc: string) => {
    slowChecks.push(secret.reveal());
    return verifyPassword(secret, phc);
  };
  login = loginOver(world, { verifyPassword: verify });
  await world.group('acme');
  const [app, lib] = [await world.project('acme/app'), await world.project('acme/lib')];
  const jane = await world.user('jane', { password: new Secret('open sesame') });
  const joe = await world.user('joe');
  const pat = await world.personalAccessToken(jane, ['api']);
  const joes = await world.personalAccessToken(joe, ['api']);
  await world.apply({ kind: 'user.update', user: 'joe', fields: { state: 'blocked' } });
  const revoked = await world.personalAccessToken(jane, ['api']);
  await world.store.personalAccessTokens.revoke(revoked.id, world.clock.now());
  const scopes = ['read_registry'] as const;
  const deploy = await world.deployToken(app, scopes);
  const other = await world.deployToken(lib, scopes);
  const named = await world.deployToken(app, scopes, { username: 'robot' });
  const dead = await world.deployToken(app, scopes, { username: 'dead' });
  await world.store.deployTokens.revoke(
    { kind: 'project', id: app.id },
    dead.id,
    world.clock.now(),
  );
  const finished = await world.job(app, jane);
  await world.store.jobs.setStatus(app.id, finished.job.id, 'success', world.clock.now());
  Object.assign(secrets, {
    'personal access token': pat.secret,
    'personal access token of a blocked user': joes.secret,
    'revoked personal access token': revoked.secret,
    'job token (jwt)': (await world.job(app, jane, { tokenFormat: 'jwt' })).token.reveal(),
    'job token (opaque)': (await world.job(app, jane, { tokenFormat: 'opaque' })).token.reveal(),
    'token of a finished job': finished.token.reveal(),
    'deploy token': deploy.secret,
    'deploy token of another project': other.secret,
    'deploy token with a name': named.secret,
    'revoked deploy token': dead.secret,
    password: 'open sesame',
    'wrong password': 'open',
    'empty secret': '',
    'unknown personal access token': mintToken('glpat-').reveal(),
    'unknown deploy token': mintToken('gldt-').reveal(),
    'unknown job token': mintToken('glcbt-').reveal(),
    'mistyped personal access token': `${pat.secret.slice(0, -1)}-`,
    'runner token': 'glrt-t1_0123456789abcdef',
  });
});
afterAll(() => world.close());

describe.each(Object.keys(SECRETS))('T7: %s', (secretKind) => {
  test('opens with its own login and no other', async () => {
    slowChecks = [];
    const expected = SECRETS[secretKind] ?? [];
    const secret = secrets[secretKind] ?? 'no such secret';
    const opened = await Promise.all(
      (Object.keys(LOGINS) as LoginKind[]).map(async (kind) => {
        const { kind: outcome } = await login(LOGINS[kind], secret);
        return outcome === 'authenticated' ? [kind] : [];
      }),
    );
    expect(opened.flat()).toEqual(expected === 'any' ? Object.keys(LOGINS) : expected);
    // Whatever starts like a token costs no slow hash, right or wrong.
    if (/^gl(pat|dt|cbt)-/.test(secret)) expect(slowChecks).toEqual([]);
  });
});

test('row 5: no credential is nobody, and no fault', async () => {
  const outcome = await authenticateOver(world)({ kind: 'anonymous' });
  expect(outcome).toEqual({ kind: 'authenticated', principal: { kind: 'anonymous' } });
});
