import type { Principal } from '../credential/principal.ts';
import type { RequestedResource } from '../policy/decision.ts';
import type { TargetFacts } from '../policy/facts.ts';
import { isRepositoryName } from '../policy/repository-name.ts';
import type { Directory } from '../store/ports.ts';

const NO_FACTS: ReadonlyMap<string, TargetFacts> = new Map();

/** True if the request asks for anything that could exist; `repository:..//:pull` asks for nothing. */
export function namesSomething(requested: readonly RequestedResource[]): boolean {
  return requested.some(
    ({ type, name }) => type === 'registry' || (type === 'repository' && isRepositoryName(name)),
  );
}

/** What policy needs to know of each repository asked for, seen from the principal, in one question to the store. */
export async function gatherFacts(
  directory: Directory,
  principal: Principal,
  requested: readonly RequestedResource[],
  now: number,
): Promise<ReadonlyMap<string, TargetFacts>> {
  const repositories = requested
    .filter(({ type, name }) => type === 'repository' && isRepositoryName(name))
    .map(({ name }) => name);
  if (repositories.length === 0) return NO_FACTS;
  return directory.facts({
    repositories,
    userId: principal.kind === 'user' || principal.kind === 'job' ? principal.actor.id : null,
    homeProjectId: principal.kind === 'job' ? principal.projectId : null,
    now,
  });
}
