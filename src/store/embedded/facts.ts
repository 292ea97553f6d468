/**
 * Facts for policy, answered from memory while they hold. Two things end an answer: a new version of the directory, and
 * the moment at which a membership in it starts or ends to count.
 */
import type { TargetFacts } from '../../policy/facts.ts';
import type { FactsQuery } from '../ports.ts';
import type { Database } from './database.ts';
import { prepareFactsQueries } from './facts-queries.ts';
import { createMemory } from './memory.ts';
import { isRepositoryName } from './paths.ts';
import type { Version } from './version.ts';

/** An answer and the half-open span of time in which it is true. */
export interface CachedFacts {
  /** null: the name belongs to no project. */
  readonly facts: TargetFacts | null;
  readonly from: number;
  readonly until: number;
}

export type Asker = Pick<FactsQuery, 'userId' | 'homeProjectId' | 'now'>;

export function createFacts(
  db: Database,
  version: Pick<Version, 'current'>,
): (query: FactsQuery) => ReadonlyMap<string, TargetFacts> {
  const load = prepareFactsQueries(db);
  const memory = createMemory<CachedFacts>(version);

  function lookUp(key: string, now: number): CachedFacts | undefined {
    const answer = memory.get(key);
    return answer !== undefined && answer.from <= now && now < answer.until ? answer : undefined;
  }

  /** What is found already is dropped if the directory has changed since: an answer never mixes two states. */
  function loadMissing(
    missing: string[],
    query: FactsQuery,
    found: Map<string, TargetFacts>,
  ): void {
    const changed = memory.refresh(true);
    if (changed) found.clear();
    for (const name of changed ? query.repositories.filter(isRepositoryName) : missing) {
      const answer = load(name, query);
      memory.keep(keyOf(name, query), answer);
      if (answer.facts !== null) found.set(name, answer.facts);
    }
  }

  return (query) => {
    memory.refresh();
    const found = new Map<string, TargetFacts>();
    const missing: string[] = [];
    for (const name of query.repositories) {
      const answer = lookUp(keyOf(name, query), query.now);
      if (answer === undefined) {
        if (isRepositoryName(name)) missing.push(name);
      } else if (answer.facts !== null) found.set(name, answer.facts);
    }
    if (missing.length > 0) db.snapshot(() => loadMissing(missing, query, found));
    return found;
  };
}

/** No repository name holds a space, so different askers never share a key. */
function keyOf(name: string, asker: Asker): string {
  return `${asker.userId} ${asker.homeProjectId} ${name}`;
}
