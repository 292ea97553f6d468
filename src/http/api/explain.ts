/** What a credential would get of a scope, and why: the token endpoint's answer without a token (JOB-24, JOB-25). */
import type { Principal } from '../../credential/principal.ts';
import { AppError } from '../../errors.ts';
import { explain, type ExplainedAction } from '../../explain/explain.ts';
import type { RequestedResource } from '../../policy/decision.ts';
import { ACCESS, type TargetFacts } from '../../policy/facts.ts';
import { gatherFacts } from '../../token/gather-facts.ts';
import { parseScopes } from '../../token/scope.ts';
import { servicesOf } from '../../token/services.ts';
import { accessLevelOf, maySee, userById } from './access.ts';
import type { Caller, UserCaller } from './caller.ts';
import { explanationSchema } from './explain-answer.ts';
import { startedJob, wouldBeJob } from './explain-job.ts';
import {
  anyCredentialOf,
  callersJob,
  callersToken,
  deployTokenSubject,
  type Subject,
} from './explain-subject.ts';
import { explainBody, type As } from './explain-request.ts';
import { ok, route, type ApiDependencies } from './route.ts';

async function userNamed(deps: ApiDependencies, name: number | string) {
  if (typeof name === 'number') return userById(deps, name);
  const user = await deps.store.directory.userByUsername(name);
  if (user === null) throw new AppError('not_found', '404 User Not Found');
  return user;
}

async function subjectOf(
  deps: ApiDependencies,
  caller: Caller,
  who: As | undefined,
): Promise<Subject> {
  if (caller.kind === 'job') {
    if (who === undefined) return callersJob(deps, caller);
    throw new AppError('forbidden', '403 Forbidden - a job asks about itself, without "as"');
  }
  if (who === undefined) return callersToken(caller);
  if (!caller.token.scopes.has('api') && !caller.token.scopes.has('read_api')) {
    throw new AppError('forbidden', '403 Forbidden - "as" needs a token with api or read_api');
  }
  if (who.job !== undefined) return startedJob(deps, caller, who.job);
  if (who.deploy_token !== undefined) return deployTokenSubject(deps, caller, who.deploy_token);
  const user = who.user === undefined ? caller.user : await userNamed(deps, who.user);
  if (who.in_project === undefined) return anyCredentialOf(caller, user);
  return wouldBeJob(deps, caller, user, who.in_project);
}

/** A job is told of its own project, and of what its user would see without being an administrator. */
function jobMaySee(principal: Principal, target: TargetFacts): boolean {
  if (principal.kind !== 'job') return false;
  if (target.projectId === principal.projectId || target.visibility === 'public') return true;
  if (target.visibility === 'internal' && !principal.actor.external) return true;
  return target.accessLevel >= ACCESS.guest;
}

async function mustBeMaintainer(
  deps: ApiDependencies,
  caller: UserCaller,
  { projectId, projectPath }: TargetFacts,
): Promise<void> {
  const level = await accessLevelOf(deps, caller, { kind: 'project', id: projectId });
  if (level >= ACCESS.maintainer) return;
  const message = `403 Forbidden - you may ask about others only as a Maintainer of ${projectPath}`;
  throw new AppError('forbidden', message);
}

/** What the caller may be told of: a project that is left out here looks like one that does not exist. */
async function factsFor(
  deps: ApiDependencies,
  caller: Caller,
  { principal, own }: Subject,
  requested: readonly RequestedResource[],
): Promise<ReadonlyMap<string, TargetFacts>> {
  const all = await gatherFacts(deps.store.directory, principal, requested, deps.clock.now());
  const told = new Map<string, TargetFacts>();
  for (const [name, target] of all) {
    if (caller.kind === 'job') {
      if (jobMaySee(principal, target)) told.set(name, target);
      continue;
    }
    const source = { kind: 'project', id: target.projectId } as const;
    if (!(await maySee(deps, caller, source, target.visibility))) continue;
    if (!own) await mustBeMaintainer(deps, caller, target);
    told.set(name, target);
  }
  return told;
}

const presentAction = ({ refusedBy, ...action }: ExplainedAction) => ({
  action: action.action,
  granted: action.granted,
  refused_by: refusedBy,
  reason: action.reason,
  remedy: action.remedy,
  layers: action.layers,
});

export const explainRoute = route({
  method: 'post',
  path: '/registry_access/explain',
  action: 'registry_access.explain',
  who: 'everybody about themselves; Maintainer of the project, about others',
  summary: 'Says what a credential would get of a registry scope, and why.',
  answer: { status: 200, body: explanationSchema },
  callers: 'either',
  scopes: 'any',
  changes: false,
  body: explainBody,
  async handler({ caller, body: { scope, service, as: who } }, deps) {
    const { settings } = deps;
    const policy = servicesOf(settings).get(service ?? settings.service)?.policy;
    if (policy === undefined) throw new AppError('bad_request', 'service is unknown here');
    const requested = parseScopes(scope);
    const subject = await subjectOf(deps, caller, who);
    const catalog = requested.some(({ type }) => type === 'registry');
    if (catalog && !subject.own && !(caller.kind === 'user' && caller.user.admin)) {
      throw new AppError(
        'forbidden',
        '403 Forbidden - the catalog of others is for administrators',
      );
    }
    const facts = await factsFor(deps, caller, subject, requested);
    const resources = explain({ ...subject, requested, facts, settings: policy });
    return ok({
      as: subject.as,
      resources: resources.map(({ type, name, actions }) => ({
        type,
        name,
        actions: actions.map(presentAction),
      })),
    });
  },
});
