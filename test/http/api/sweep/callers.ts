/** Who calls: every role in the tenant acme, strangers of several kinds, and credentials of every kind and scope. */
import type { World } from '../../../support/world.ts';
import { STRANGER, type People, type Person } from './people.ts';
import type { Tenant } from './places.ts';

export const SCOPES = [
  'api',
  'read_api',
  'read_user',
  'read_registry',
  'write_registry',
  'read_repository',
  'create_job',
  'self_rotate',
] as const;
export type Scope = (typeof SCOPES)[number];

export interface Caller {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `nobody`: a credential that must be good for nothing. */
  readonly kind: 'user' | 'job' | 'nobody';
  readonly person: Person;
  readonly scopes: readonly Scope[];
  /** Goes to the places of others too, and not only to the one of acme: for every route, or for those of jobs. */
  readonly travels: boolean | 'jobs';
}

/** A personal access token of the person, of these scopes, made by hand. */
export async function tokenOf(
  world: World,
  { id }: Person,
  scopes: readonly Scope[],
): Promise<{ readonly id: number; readonly secret: string }> {
  const user = await world.store.directory.user(id);
  if (user === null) throw new Error(`no user ${id}`);
  return world.personalAccessToken(user, scopes);
}

/** The same caller with a token that no other cell needs. */
export async function withFreshToken(world: World, caller: Caller): Promise<Caller> {
  const { secret } = await tokenOf(world, caller.person, caller.scopes);
  return { ...caller, headers: { 'PRIVATE-TOKEN': secret } };
}

async function callerOf(
  world: World,
  name: string,
  person: Person,
  more: { readonly scopes?: readonly Scope[]; readonly travels?: Caller['travels'] } = {},
): Promise<Caller> {
  const { scopes = ['api'], travels = false } = more;
  const { secret } = await tokenOf(world, person, scopes);
  const headers = { 'PRIVATE-TOKEN': secret };
  return { name, headers, kind: 'user', person, scopes, travels };
}

const refused = (name: string, headers: Caller['headers']): Caller => ({
  name,
  headers,
  kind: 'nobody',
  person: STRANGER,
  scopes: [],
  travels: false,
});

function usersWithRoles(world: World, who: People): Promise<readonly Caller[]> {
  const strangers = [
    ['Owner in the other tenant', who.abroad],
    ['user without memberships', who.loner],
    ['external user', who.visitor],
  ] as const;
  return Promise.all([
    callerOf(world, 'administrator', who.admin, { travels: true }),
    ...who.inGroup.map((person) =>
      callerOf(world, `${person.groupRole} of the group`, person, {
        travels: person.groupRole === 'Owner',
      }),
    ),
    ...who.inProject.map((person) =>
      callerOf(world, `${person.projectRole} of the project alone`, person),
    ),
    ...strangers.map(([name, person]) => callerOf(world, name, person, { travels: true })),
    callerOf(world, 'Owner whose membership has ended', who.former),
  ]);
}

async function singleScopes(world: World, who: People): Promise<readonly Caller[]> {
  const maintainer = who.inGroup.find(({ groupRole }) => groupRole === 'Maintainer');
  if (maintainer === undefined) throw new Error('no Maintainer');
  const callers = SCOPES.map((scope) => {
    const name = `with ${scope} alone`;
    const travels = scope === 'create_job' ? 'jobs' : false;
    return Promise.all([
      callerOf(world, `administrator ${name}`, who.admin, { scopes: [scope] }),
      callerOf(world, `Maintainer ${name}`, maintainer, { scopes: [scope], travels }),
    ]);
  });
  return (await Promise.all(callers)).flat();
}

/** Tokens that were good once. The blocked user is blocked here, when the token is made. */
async function spentTokens(world: World, who: People): Promise<readonly Caller[]> {
  const revoked = await tokenOf(world, who.admin, ['api']);
  await world.store.personalAccessTokens.revoke(revoked.id, world.clock.now());
  const boss = await world.store.directory.user(who.admin.id);
  if (boss === null) throw new Error('no administrator');
  const expired = await world.personalAccessToken(boss, ['api'], world.clock.now() + 1000);
  const blocked = await tokenOf(world, who.blocked, ['api']);
  await world.apply({ kind: 'user.update', user: who.blocked.id, fields: { state: 'blocked' } });
  world.clock.advance(2000);
  return [
    refused('administrator with a revoked token', { 'PRIVATE-TOKEN': revoked.secret }),
    refused('administrator with an expired token', { 'PRIVATE-TOKEN': expired.secret }),
    refused('blocked Owner', { 'PRIVATE-TOKEN': blocked.secret }),
  ];
}

/** Jobs of the Owner of their tenant, so that nothing but the kind of credential keeps them out. */
async function others(world: World, who: People, homes: Record<Tenant, string>) {
  const job = async (name: string, tenant: Tenant, ended: boolean): Promise<Caller> => {
    const project = await world.store.directory.project(homes[tenant]);
    const owner = tenant === 'acme' ? who.inGroup.at(-1) : who.abroad;
    const user = await world.store.directory.user(owner?.id ?? 0);
    if (project === null || user === null) throw new Error(`no job in ${tenant}`);
    const { job: started, token } = await world.job(project, user, { lease: 600 });
    const headers = { 'JOB-TOKEN': token.reveal() };
    if (!ended) {
      const person = owner ?? STRANGER;
      return {
        name,
        headers,
        kind: 'job',
        person,
        scopes: [],
        travels: tenant === 'acme' ? 'jobs' : false,
      };
    }
    await world.store.jobs.setStatus(project.id, started.id, 'success', world.clock.now());
    return refused(name, headers);
  };
  const home = await world.store.directory.project(homes.acme);
  if (home === null) throw new Error('no project');
  const deploy = await world.deployToken(home, ['read_registry', 'write_registry']);
  return [
    refused('nobody', {}),
    refused('malformed token', { 'PRIVATE-TOKEN': 'glpat-not-a-token' }),
    refused('deploy token', { 'PRIVATE-TOKEN': deploy.secret }),
    await job('job of the project', 'acme', false),
    await job('job of the other tenant', 'globex', false),
    await job('job that has ended', 'acme', true),
  ];
}

export async function makeCallers(
  world: World,
  who: People,
  homes: Record<Tenant, string>,
): Promise<readonly Caller[]> {
  return [
    ...(await others(world, who, homes)),
    ...(await usersWithRoles(world, who)),
    ...(await singleScopes(world, who)),
    ...(await spentTokens(world, who)),
  ];
}
