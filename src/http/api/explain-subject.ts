/** Whom a question about access is asked for, and whether the caller may ask it for them. */
import { deployTokenFault } from '../../credential/deploy-token.ts';
import { abilitiesOfDeployToken, abilitiesOfScopes } from '../../credential/abilities.ts';
import { actorOf } from '../../credential/personal-access-token.ts';
import type { Principal } from '../../credential/principal.ts';
import { AppError } from '../../errors.ts';
import type { Names } from '../../explain/context.ts';
import type { CredentialState } from '../../explain/explain.ts';
import { ACCESS } from '../../policy/facts.ts';
import type { SecretRecord, UserRecord } from '../../store/records.ts';
import { sourceFor } from './access.ts';
import type { JobCaller, UserCaller } from './caller.ts';
import type { ApiDependencies } from './route.ts';

export interface Subject {
  readonly principal: Principal;
  readonly names: Names;
  readonly credential: CredentialState;
  /** Who it is, for the answer. */
  readonly as: Readonly<Record<string, unknown>>;
  /** True: the caller asks about a credential of their own. */
  readonly own: boolean;
}

export const good: CredentialState = { fault: null, remedy: '' };

export function userFault({ state, username }: UserRecord): CredentialState {
  if (state === 'active') return good;
  return {
    fault: `${username} is blocked, so no credential of theirs logs in.`,
    remedy: `An administrator unblocks ${username} (wharfpass user unblock ${username}).`,
  };
}

/** The caller's own token, with no more than its scopes. */
export function callersToken({ user, token }: UserCaller): Subject {
  const abilities = abilitiesOfScopes([...token.scopes]);
  return {
    principal: {
      kind: 'user',
      via: 'personal_access_token',
      actor: actorOf(user),
      abilities,
      tokenId: token.id,
      expiresAt: token.expiresAt,
    },
    names: { who: user.username, home: null },
    credential:
      abilities.size > 0
        ? good
        : {
            fault: 'This token has no scope for the registry.',
            remedy:
              'Make a personal access token with the scope read_registry, write_registry or api.',
          },
    as: { kind: 'user', id: user.id, username: user.username, token_id: token.id },
    own: true,
  };
}

export async function callersJob(
  { store }: ApiDependencies,
  { job, principal }: JobCaller,
): Promise<Subject> {
  const home = (await store.directory.project(job.projectId))?.fullPath ?? null;
  return {
    principal,
    names: { who: `job ${job.id} of ${home ?? 'a project'}`, home },
    credential: good,
    as: { kind: 'job', id: job.id, project: home, user: principal.actor.username },
    own: true,
  };
}

/** A user with a credential that is good for all that its user may do. */
export function anyCredentialOf(caller: UserCaller, user: UserRecord): Subject {
  return {
    principal: {
      kind: 'user',
      via: 'personal_access_token',
      actor: actorOf(user),
      abilities: abilitiesOfScopes(UNLIMITED),
      tokenId: null,
      expiresAt: null,
    },
    names: { who: user.username, home: null },
    credential: userFault(user),
    as: { kind: 'user', id: user.id, username: user.username },
    own: user.id === caller.user.id,
  };
}

const UNLIMITED = ['api'] as const;

export interface DeployTokenRef {
  readonly project?: number | string | undefined;
  readonly group?: number | string | undefined;
  readonly id: number;
}

/** For Maintainers of the project or group that it belongs to, who may list it as well. */
export async function deployTokenSubject(
  deps: ApiDependencies,
  caller: UserCaller,
  { project, group, id }: DeployTokenRef,
): Promise<Subject> {
  const kind = project === undefined ? 'group' : 'project';
  const holder = await sourceFor(deps, caller, kind, project ?? group ?? 0, ACCESS.maintainer);
  const { store, clock } = deps;
  const token = await store.deployTokens.find(holder, id);
  const secret: SecretRecord | undefined = token?.secrets.at(-1);
  if (token === null || secret === undefined) throw new AppError('not_found', '404 Not Found');
  const { directory } = store;
  const path =
    (await (kind === 'project' ? directory.project(holder.id) : directory.group(holder.id)))
      ?.fullPath ?? null;
  const abilities = abilitiesOfDeployToken(token.scopes);
  const noScope = abilities.size > 0 ? null : 'This deploy token has no scope for the registry.';
  return {
    principal: {
      kind: 'deploy_token',
      tokenId: token.id,
      username: token.username,
      holder,
      abilities,
      expiresAt: token.expiresAt,
    },
    names: { who: `deploy token ${token.id} of ${path ?? kind}`, home: path },
    credential: {
      fault: deployTokenFault({ token, secret }, clock.now()) ?? noScope,
      remedy: `A Maintainer makes a new deploy token with the scope read_registry (wharfpass deploy-token create --${kind} ${path} --name <name> --scope read_registry).`,
    },
    as: { kind: 'deploy_token', id: token.id, [kind]: path, username: token.username },
    own: false,
  };
}
