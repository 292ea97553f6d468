/** The deploy token that nobody has to create (AUTO-01): each project that is not public has one, unless switched off. */
import { changeOf, revocationOf } from '../audit/change-of.ts';
import type { RecordChange } from '../audit/changes.ts';
import { mintToken } from '../credential/token-format.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Settings } from '../settings/schema.ts';
import type { ProjectFields } from '../store/directory-change.ts';
import type { DeployTokenRecord, ProjectRecord } from '../store/records.ts';
import type { LifecycleDependencies } from './dependencies.ts';

export interface AutomaticTokenDependencies extends Pick<
  LifecycleDependencies,
  'store' | 'clock' | 'secretHash' | 'sealedSecrets' | 'settings'
> {
  readonly log: Logger;
  readonly audit: RecordChange;
}

/** What has to do with the registry in a project, but for who may reach it. */
export type RegistryAccessFields = Partial<
  Pick<ProjectFields, 'autoDeployToken' | 'autoDevops' | 'jobTokenAfterJob'>
>;

/** Whether it is switched on: by the project, or where that says nothing, by the instance (AUTO-13). */
export function automaticTokenIsOn(
  { deploy_tokens: { automatic } }: Settings,
  project: Pick<ProjectRecord, 'autoDeployToken' | 'autoDevops'>,
): boolean {
  if (project.autoDeployToken !== null) return project.autoDeployToken;
  return automatic === 'all_non_public' || (automatic === 'auto_devops' && project.autoDevops);
}

/**
 * The project's automatic token, made if there is none; null where the project has none by rule: it is public (anybody
 * pulls anyway), the token is switched off, or somebody revoked it and has not switched it on again (AUTO-03). Callers
 * at the same time get the same token.
 */
export async function ensureAutomaticDeployToken(
  deps: AutomaticTokenDependencies,
  project: ProjectRecord,
): Promise<DeployTokenRecord | null> {
  const { store, clock, settings } = deps;
  const open = project.visibility === 'public' || project.autoTokenDeclined;
  if (open || !automaticTokenIsOn(settings, project)) return null;
  const secret = mintToken(settings.credentials.prefixes.deploy_token[0] ?? '');
  const ensured = await store.deployTokens.ensureAutomatic(
    project.id,
    { hash: deps.secretHash(secret), sealed: deps.sealedSecrets.seal(secret, project.id) },
    clock.now(),
  );
  if (ensured?.created) tellOfToken(deps, project, ensured.token);
  return ensured?.token ?? null;
}

/** Whoever looks after the project must know that it is there (AUTO-11). */
function tellOfToken(
  { log, audit }: AutomaticTokenDependencies,
  { id: project_id, fullPath }: ProjectRecord,
  token: DeployTokenRecord,
): void {
  const { id, name, username, scopes } = token;
  const target = { kind: 'deploy_token', id, path: name } as const;
  const told = changeOf('deploy_token', null, token);
  audit('deploy_token.automatic_created', target, { project_id, username, scopes, ...told });
  log.info(
    { project_id, project: fullPath, token_id: id, username, scopes },
    'notification for the project’s owners: it has an automatic deploy token from now on',
  );
}

/** As `ensureAutomaticDeployToken`, where the token is an extra: what is being done goes on without it. */
export async function tryAutomaticDeployToken(
  deps: AutomaticTokenDependencies,
  project: ProjectRecord,
): Promise<void> {
  try {
    await ensureAutomaticDeployToken(deps, project);
  } catch (error) {
    const about = { project_id: project.id, err: error };
    deps.log.warn(about, 'no automatic deploy token for now: the project’s next job tries again');
  }
}

const PAGE = 100;

/** One at most, but for the moment in which another takes its place. */
export async function liveAutomaticTokens(
  { store, clock }: Pick<AutomaticTokenDependencies, 'store' | 'clock'>,
  projectId: number,
): Promise<DeployTokenRecord[]> {
  const holder = { kind: 'project', id: projectId } as const;
  const found: DeployTokenRecord[] = [];
  for (let offset = 0, total = 1; offset < total; offset += PAGE) {
    const page = { offset, limit: PAGE };
    const slice = await store.deployTokens.list(holder, page, true, clock.now());
    found.push(...slice.items.filter(({ origin }) => origin === 'auto'));
    total = slice.total;
  }
  return found;
}

/** For running clusters the end of their pulls, so only where the operator asked for it (AUTO-14). */
async function revokeAutomaticTokens(
  deps: AutomaticTokenDependencies,
  { id: project_id }: ProjectRecord,
): Promise<void> {
  for (const { id, name, holder } of await liveAutomaticTokens(deps, project_id)) {
    const token = await deps.store.deployTokens.revoke(holder, id, deps.clock.now());
    const target = { kind: 'deploy_token', id, path: name } as const;
    const about = { project_id, because: 'revoke_on_disable', ...(token && revocationOf(token)) };
    deps.audit('deploy_token.revoked', target, about);
  }
}

/**
 * Changes the project's switches, and makes or revokes the automatic token as they then say. May be repeated.
 *
 * @throws AppError `not_found` where the project is gone
 */
export async function changeRegistryAccess(
  deps: AutomaticTokenDependencies,
  projectId: number,
  fields: RegistryAccessFields,
): Promise<ProjectRecord> {
  const { directory } = deps.store;
  await directory.apply([{ kind: 'project.update', project: projectId, fields }], deps.clock.now());
  const project = await directory.project(projectId);
  if (project === null) throw new AppError('not_found', '404 Project Not Found');
  const { settings } = deps;
  const asked = fields.autoDeployToken !== undefined || fields.autoDevops !== undefined;
  if (automaticTokenIsOn(settings, project)) await tryAutomaticDeployToken(deps, project);
  else if (asked && settings.deploy_tokens.revoke_on_disable) {
    await revokeAutomaticTokens(deps, project);
  }
  return project;
}
