/**
 * Facts for policy, answered from memory while they hold. Two things end an answer: a change of the directory, which
 * moves a counter that is read again after every commit of anybody, and the moment at which a membership in it starts or ends to count.
 */
import type { TargetFacts } from '../../policy/facts.ts';
import type { FactsQuery } from '../ports.ts';
import type { CommitWatch } from './commit-watch.ts';
import type { Database } from './database.ts';
import { prepareFactsQueries } from './facts-queries.ts';
import { isRepositoryName } from './paths.ts';

/** Answers kept; when there are more, the oldest go. */
const CAPACITY = 10_000;

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
  watch: Pick<CommitWatch, 'hasChanged'>,
): (query: FactsQuery) => ReadonlyMap<string, TargetFacts> {
  const readVersion = db.prepare<[number]>(
    `SELECT value FROM counters WHERE name = 'directory_version'`,
  );
  const load = prepareFactsQueries(db);
  const cache = new Map<string, CachedFacts>();
  let cachedVersion: number | undefined;

  function dropIfChanged(): void {
    if (!watch.hasChanged()) return;
    const version = readVersion.get()?.[0];
    if (version === cachedVersion) return;
    cache.clear();
    cachedVersion = version;
  }

  function remember(key: string, answer: CachedFacts): void {
    cache.delete(key);
    if (cache.size >= CAPACITY) {
      for (const oldest of cache.keys()) {
        cache.delete(oldest);
        break;
      }
    }
    cache.set(key, answer);
  }

  function lookUp(key: string, now: number): CachedFacts | undefined {
    const answer = cache.get(key);
    return answer !== undefined && answer.from <= now && now < answer.until ? answer : undefined;
  }

  /** What is found already is dropped if the directory has changed since: an answer never mixes two states. */
  function loadMissing(
    missing: string[],
    query: FactsQuery,
    found: Map<string, TargetFacts>,
  ): void {
    const before = cachedVersion;
    dropIfChanged();
    const changed = cachedVersion !== before;
    if (changed) found.clear();
    for (const name of changed ? query.repositories.filter(isRepositoryName) : missing) {
      const answer = load(name, query);
      remember(keyOf(name, query), answer);
      if (answer.facts !== null) found.set(name, answer.facts);
    }
  }

  return (query) => {
    dropIfChanged();
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
