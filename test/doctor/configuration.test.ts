/** The configuration file of a registry: every fault in it, by name, and that a real registry agrees where it dies of it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { judgeConfiguration } from '../../src/doctor/check-configuration.ts';
import type { Known } from '../../src/doctor/known.ts';
import { readConfiguration, type Environment } from '../../src/doctor/registry-configuration.ts';
import { readToken } from '../../src/doctor/token-text.ts';
import { certificateOf } from '../../src/doctor/probe-realm.ts';
import { get } from '../support/token-server.ts';
import { describeWith } from '../support/programs.ts';
import { plainEnvironment, runProgram } from '../support/run-program.ts';
import { openYard, problems, type RegistryChange, type Yard } from './yard.ts';

let yard: Yard;
let known: Known;

beforeAll(async () => {
  yard = await openYard();
  known = await knownOf('container_registry');
});

afterAll(() => yard?.close());

async function knownOf(service: string, generation: 2 | 3 | null = 2): Promise<Known> {
  const more = { service };
  const { body } = await get(yard.server, { scope: 'repository:any/one:pull', more });
  return {
    kind: { generation, readsAuthorization: true },
    demand: { realm: new URL(yard.realm), service: 'container_registry' },
    token: readToken(String(body['token'])),
    authority: certificateOf(yard.server.keys.caCertificatePem()),
    now: Date.now(),
  };
}

/** What is found in the file of a registry with this change. */
async function judged(
  change: RegistryChange,
  more: Partial<Known> = {},
  env: Environment = {},
): Promise<string[]> {
  const tree = await yard.configuration(change);
  const file = await readConfiguration(tree, env, yard.folder);
  return problems(judgeConfiguration(file, { ...known, ...more })).map((each) =>
    each.replace('configuration ', ''),
  );
}

const ed25519 = (): string => {
  const args = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-keyout', '/dev/null', '-subj'];
  return execFileSync('openssl', [...args, '/CN=ed', '-days', '2'], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
};

test('a file that fits', async () => {
  expect(await judged({})).toEqual([]);
});

interface Case {
  readonly name: string;
  readonly change: () => RegistryChange;
  readonly finds: readonly string[];
  /** Distribution 2.8 does not start with it. */
  readonly deadly?: true;
}

const bundle = (name: string, text: string): RegistryChange => ({
  token: { rootcertbundle: yard.write(name, text) },
});

const CASES: readonly Case[] = [
  { name: 'no auth at all', change: () => ({ auth: null }), finds: ['config_no_token_auth'] },
  {
    name: 'another kind of auth',
    change: () => ({ auth: { htpasswd: { realm: 'a', path: '/nowhere' } } }),
    finds: ['config_no_token_auth'],
  },
  {
    name: 'no issuer',
    change: () => ({ token: { issuer: undefined } }),
    finds: ['config_option_missing'],
    deadly: true,
  },
  {
    name: 'no rootcertbundle',
    change: () => ({ token: { rootcertbundle: undefined } }),
    finds: ['config_option_missing'],
    deadly: true,
  },
  {
    name: 'a realm that is no URL',
    change: () => ({ token: { realm: 'auth.example.com/token' } }),
    finds: ['config_realm'],
  },
  {
    name: 'another realm than that of the running registry',
    change: () => ({ token: { realm: 'https://auth.example.com/token' } }),
    finds: ['config_not_running'],
  },
  {
    name: 'another service than that of the running registry',
    change: () => ({ token: { service: 'another' } }),
    finds: ['config_not_running'],
  },
  {
    name: 'another issuer than the tokens have',
    change: () => ({ token: { issuer: 'another' } }),
    finds: ['issuer_mismatch'],
  },
  {
    name: 'autoredirect',
    change: () => ({ token: { autoredirect: true } }),
    finds: ['config_autoredirect'],
  },
  {
    name: 'a relative path',
    change: () => ({ token: { rootcertbundle: 'ca.crt' } }),
    finds: ['config_relative_path'],
  },
  {
    name: 'no such bundle',
    change: () => ({ token: { rootcertbundle: '/nowhere/ca.crt' } }),
    finds: ['bundle_missing'],
    deadly: true,
  },
  {
    name: 'a folder in place of the bundle',
    change: () => ({ token: { rootcertbundle: '/' } }),
    finds: ['bundle_unreadable'],
    deadly: true,
  },
  {
    name: 'a bundle without a certificate',
    change: () =>
      bundle('empty.crt', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'),
    finds: ['bundle_empty'],
    deadly: true,
  },
  {
    name: 'a bundle of another authority',
    change: () => bundle('foreign.crt', yard.authority.pem),
    finds: ['bundle_mismatch'],
  },
  {
    name: 'an Ed25519 certificate in the bundle',
    change: () => bundle('ed.crt', yard.server.keys.caCertificatePem() + ed25519()),
    finds: ['bundle_ed25519'],
    deadly: true,
  },
  {
    name: 'no http.secret',
    change: () => ({ http: { secret: undefined } }),
    finds: ['config_http_secret'],
  },
];

test.each(CASES)('$name: $finds', async ({ change, finds }) => {
  expect(await judged(change())).toEqual(finds);
});

test('delete is off', async () => {
  const tree = { ...(await yard.configuration()), storage: { filesystem: {} } };
  const file = await readConfiguration(tree, {}, yard.folder);
  expect(problems(judgeConfiguration(file, known))).toEqual(['configuration config_delete_off']);
});

test('the authority in the bundle has ended', async () => {
  const later = Date.now() + 40 * 365 * 86_400_000;
  expect(await judged({}, { now: later })).toEqual(['bundle_expired']);
});

test('a bundle that its user may not read', async () => {
  const path = yard.write('shut.crt', 'x');
  chmodSync(path, 0);
  const file = { path, absolute: true, text: null, trouble: 'EACCES' };
  const read = await readConfiguration(await yard.configuration(), {}, yard.folder);
  const findings = judgeConfiguration({ ...read, bundle: file }, known);
  expect(problems(findings)).toEqual(['configuration bundle_unreadable']);
});

describe('variables of the environment', () => {
  test('are stronger than the file', async () => {
    const env = { REGISTRY_AUTH_TOKEN_ISSUER: 'another', REGISTRY_STORAGE_DELETE_ENABLED: 'false' };
    expect(await judged({}, {}, env)).toEqual(['config_delete_off', 'issuer_mismatch']);
    const mended = { REGISTRY_AUTH_TOKEN_ISSUER: 'wharfpass' };
    expect(await judged({ token: { issuer: 'another' } }, {}, mended)).toEqual([]);
  });

  test('REGISTRY_AUTH_FILE is not what it means to skopeo', async () => {
    const env = { REGISTRY_AUTH_FILE: '/home/jane/auth.json' };
    expect(await judged({}, {}, env)).toEqual(['config_auth_file']);
  });
});

describe('header forms and versions', () => {
  const jwks = (kid: string) => yard.write('jwks.json', JSON.stringify({ keys: [{ kid }] }));

  test('Distribution 2 does not know jwks', async () => {
    const change = { token: { jwks: jwks('one') } };
    expect(await judged(change)).toEqual(['config_jwks_ignored']);
  });

  test('a chain to a Distribution 3 with jwks alone', async () => {
    const change = { token: { rootcertbundle: undefined, jwks: jwks('one') } };
    const kind = { generation: 3, readsAuthorization: true } as const;
    expect(await judged(change, { kind })).toEqual(['config_header_form']);
  });

  test('a jwks without the key, one with it, and one that is none', async () => {
    const three = await knownOf('kids', 3);
    const kid = three.token?.kid ?? '';
    const file = (text: string) => ({
      token: { rootcertbundle: undefined, jwks: yard.write('j', text) },
    });
    const more = { ...three };
    expect(await judged(file('{"keys":[{"kid":"old"}]}'), more)).toEqual(['jwks_lacks_key']);
    expect(await judged(file(JSON.stringify({ keys: [{ kid }] })), more)).toEqual([]);
    expect(await judged(file('no json'), more)).toEqual(['jwks_unreadable']);
  });

  test('a Distribution 2 whose bundle lacks the key of a kid-libtrust service', async () => {
    expect(await judged({}, await knownOf('old'))).toEqual(['bundle_lacks_key']);
  });

  test('signing algorithms without the one in use', async () => {
    const change = { token: { signingalgorithms: ['RS256'] } };
    expect(await judged(change)).toEqual(['config_algorithms']);
    expect(await judged({ token: { signingalgorithms: ['RS256', 'ES256'] } })).toEqual([]);
  });

  test('Distribution 3 starts with an Ed25519 certificate', async () => {
    const change = bundle('ed3.crt', yard.server.keys.caCertificatePem() + ed25519());
    const kind = { generation: 3, readsAuthorization: true } as const;
    expect(await judged(change, { kind })).toEqual([]);
  });
});

describeWith(['docker-registry'], 'the real registry', () => {
  const deadly = CASES.filter((each) => each.deadly === true);

  test.each(deadly)('does not start: $name', async ({ change }) => {
    const file = yard.write('deadly.yml', JSON.stringify(await yard.configuration(change())));
    const { code } = await runProgram('docker-registry', ['serve', file], {
      env: plainEnvironment(),
    });
    expect(code).toBeGreaterThan(0);
  });

  test('a registry that died of its bundle is named with the cause', async () => {
    const tree = await yard.configuration(bundle('dead.crt', ed25519()));
    const url = `http://${(tree['http'] as { addr: string }).addr}`;
    const configuration = await readConfiguration(tree, {}, yard.folder);
    expect(problems(await yard.examine(url, { configuration }))).toEqual([
      'registry unreachable',
      'configuration bundle_ed25519',
    ]);
  });
});

test('a relative path starts from the folder that is given', async () => {
  const tree = await yard.configuration({ token: { rootcertbundle: 'ca.crt' } });
  const [here, elsewhere] = [
    await readConfiguration(tree, {}, yard.folder),
    await readConfiguration(tree, {}, join(yard.folder, 'none')),
  ];
  expect([here.bundle?.text?.length ?? 0, elsewhere.bundle?.trouble]).toEqual([
    expect.any(Number),
    'ENOENT',
  ]);
});
