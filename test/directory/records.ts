/** Random directories as batches of records: every name that is used is there. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { PlainRecord } from '../../src/directory/record-text.ts';
import type { BulkKind } from '../../src/store/bulk.ts';

export type Batches = readonly (readonly [BulkKind, readonly PlainRecord[]])[];

const USERS = ['root', 'Jane', 'joe.doe', 'x--1'];
const GROUPS = ['acme', 'acme/Web', 'acme/Web/deep', 'b'];
const PROJECTS = ['acme/app', 'acme/Web/app', 'acme/Web/deep/a.b', 'Jane/own', 'b/x'];
const PLACES = [...GROUPS.map((group) => ({ group })), ...PROJECTS.map((project) => ({ project }))];

const moment = fc
  .date({ min: new Date('2001-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
/** Texts that mean something in YAML, in JSON, in another script, or to a terminal. */
const words = fc.oneof(
  fc.constantFrom(
    '- x',
    '# no',
    'it\'s: "so"',
    '\u0085\u2028\ufeff',
    'żółć 🦑',
    '*a',
    '? ',
    'null',
  ),
  fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
);
const name = words
  .map((text) => text.replaceAll(/[\0\p{Surrogate}]/gu, ''))
  .filter((text) => text !== '');
const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const kept = { managed_by: sometimes(fc.constant('file')), created_at: moment };
const visibility = sometimes(fc.constantFrom('public', 'internal'));
const truth = sometimes(fc.constant(true));
const falsehood = sometimes(fc.constant(false));
const roles = fc.constantFrom('guest', 'planner', 'reporter', 'developer', 'maintainer', 'owner');
const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Fields in this order; what is undefined is not there. */
function record(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>) {
  return fc
    .record(fields)
    .map((one) => Object.fromEntries(Object.entries(one).filter(([, v]) => v !== undefined)));
}

const all = (list: readonly fc.Arbitrary<PlainRecord>[]) => fc.tuple(...list);
const some = <T>(list: readonly T[], of: (one: T) => fc.Arbitrary<PlainRecord>) =>
  fc.subarray([...list]).chain((chosen) => all(chosen.map(of)));

const notTheSame = (usual: string) => sometimes(name.filter((text) => text !== usual));
const last = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const users = all(
  USERS.map((username) =>
    record({
      username: fc.constant(username),
      name: notTheSame(username),
      email: sometimes(fc.constant(`${username}@example.com`)),
      state: username === 'root' ? fc.constant(undefined) : sometimes(fc.constant('blocked')),
      admin: username === 'root' ? fc.constant(true) : truth,
      external: truth,
      two_factor: truth,
      password_hash: sometimes(
        fc.constant(
          '$scrypt$ln=15,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
        ),
      ),
      ...kept,
    }),
  ),
);

const groups = all(
  GROUPS.map((path) =>
    record({ path: fc.constant(path), name: notTheSame(last(path)), visibility, ...kept }),
  ),
);

const projects = all(
  PROJECTS.map((path) =>
    record({
      path: fc.constant(path),
      name: notTheSame(last(path)),
      visibility,
      registry_access: sometimes(fc.constantFrom('private', 'disabled')),
      archived: truth,
      jobs_enabled: falsehood,
      job_token_allowlist_enabled: falsehood,
      auto_devops: truth,
      auto_deploy_token: sometimes(fc.boolean()),
      auto_deploy_token_declined: truth,
      job_token_after_job: sometimes(fc.constant('read')),
      ...kept,
    }),
  ),
);

const pairs = PLACES.flatMap((place) => USERS.map((user) => ({ ...place, user })));
const members = some(pairs, (pair) =>
  record({
    ...Object.fromEntries(Object.entries(pair).map(([k, v]) => [k, fc.constant(v)])),
    access: roles,
    expires_at: sometimes(moment),
    ...kept,
  }),
);

const allowed = PROJECTS.slice(0, 3).flatMap((project) => [
  ...GROUPS.map((from_group) => ({ project, from_group })),
  ...PROJECTS.map((from_project) => ({ project, from_project })),
]);
const allowlist = some(allowed, (entry) =>
  record({
    ...Object.fromEntries(Object.entries(entry).map(([k, v]) => [k, fc.constant(v)])),
    permissions: fc.constantFrom('all', [], ['READ_JOBS', 'READ_CONTAINERS']),
    managed_by: kept.managed_by,
  }),
);

const ruled = PROJECTS.slice(0, 2).flatMap((project) =>
  ['repository', 'tag'].flatMap((kind) =>
    ['*', 'v*', 'acme/app/ü'].map((pattern) => ({ project, kind, pattern })),
  ),
);
const rules = some(ruled, (rule) =>
  record({
    ...Object.fromEntries(Object.entries(rule).map(([k, v]) => [k, fc.constant(v)])),
    push: roles,
    delete: sometimes(roles),
    managed_by: kept.managed_by,
  }),
);

const secret = (text: string) =>
  record({ hash: fc.constant(hashOf(text)), created_at: moment, expires_at: sometimes(moment) });

const deployTokens = some(
  PLACES.flatMap((place, at) => [1, 2].map((number) => ({ place, id: `${at}-${number}`, number }))),
  ({ place, id, number }) => {
    const auto = 'project' in place && number === 1;
    return record({
      ...Object.fromEntries(Object.entries(place).map(([k, v]) => [k, fc.constant(v)])),
      name,
      username: fc.constantFrom('puller', 'gitlab+deploy-token-7'),
      scopes: fc.constantFrom(['read_registry'], ['write_registry', 'read_registry']),
      expires_at: sometimes(moment),
      revoked_at: sometimes(moment),
      created_by: sometimes(fc.constantFrom(...USERS)),
      origin: fc.constant(auto ? 'auto' : undefined),
      rotate_every: sometimes(fc.integer({ min: 1, max: 1e8 })),
      created_at: moment,
      secrets: fc
        .integer({ min: 1, max: 3 })
        .chain((count) => all(Array.from({ length: count }, (_, at) => secret(`${id} ${at}`)))),
    });
  },
);

const tokenHash = (at: number): string => hashOf(`token ${at}`);
const accessTokens = fc.subarray([0, 1, 2, 3, 4, 5]).chain((chosen) =>
  all(
    chosen.map((at) => {
      const first = chosen.find((other) => other % 3 === at % 3) ?? at;
      return record({
        user: fc.constant(USERS[at % 3]),
        name,
        description: sometimes(name),
        scopes: fc.constantFrom(['api'], ['read_registry', 'write_registry']),
        expires_at: sometimes(moment),
        revoked_at: sometimes(moment),
        created_at: moment,
        hash: fc.constant(tokenHash(at)),
        family: fc.constant(first === at ? undefined : tokenHash(first)),
      });
    }),
  ),
);

/** In the order of the kinds; the records of a kind in no order. */
export const batches: fc.Arbitrary<Batches> = fc
  .record({
    users,
    groups,
    projects,
    members,
    job_token_allowlist: allowlist,
    protection_rules: rules,
    deploy_tokens: deployTokens,
    personal_access_tokens: accessTokens,
  })
  .map((kinds) => Object.entries(kinds) as [BulkKind, PlainRecord[]][]);
