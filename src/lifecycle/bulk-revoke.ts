/**
 * Ends every credential that meets some criteria ("a runner was compromised at 14:00"). One call does a bounded part;
 * the caller goes on from where it ended. Asking again, from the start or from a part, does no harm and finds what is
 * left.
 */
import { performance } from 'node:perf_hooks';
import { convertToken } from './converted-tokens.ts';
import type { JobRecord } from '../store/records.ts';
import { createCandidates, type Candidate, type CandidateDependencies } from './bulk-candidates.ts';
import { REVOCABLE_KINDS, type Criteria, type RevocableKind } from './bulk-criteria.ts';
import type { Position } from './bulk-cursor.ts';
import { createMatches } from './bulk-matches.ts';
import {
  dealWithShownTokens,
  type ShownToken,
  type ShownTokenAction,
  type ShownTokenDependencies,
} from './shown-deploy-tokens.ts';
import { createSources, type Found } from './bulk-sources.ts';

export type BulkRevokeDependencies = CandidateDependencies & ShownTokenDependencies;

export interface BulkRequest {
  readonly criteria: Criteria;
  /** In the order of REVOCABLE_KINDS. */
  readonly kinds: readonly RevocableKind[];
  /** Only says what would go. */
  readonly dryRun: boolean;
  /** The personal access token that asks, which goes last or not at all. */
  readonly self: { readonly tokenId: number; readonly include: boolean };
  readonly shown: ShownTokenAction;
  /** null: from the start. */
  readonly from: Position | null;
}

export interface BulkLimits {
  /** Credentials that one call ends. */
  readonly most: number;
  /** Milliseconds after which it ends no more. */
  readonly ms: number;
}

export interface BulkPart {
  /** In the order in which they ended, or would end. */
  readonly ended: readonly Candidate[];
  readonly shown: readonly ShownToken[];
  /** The token that asks meets the criteria and lives on. */
  readonly selfLeftOut: boolean;
  /** null: it is done. */
  readonly next: Position | null;
}

/** What is ended at the same time, so that a store gathers writes and is not flooded. */
const AT_ONCE = 50;

/** Waits for all, so that nothing is under way any more when it rejects. */
async function all<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(work);
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/** What one call ends, until it has ended enough. */
function createEnding({ dryRun, self }: BulkRequest, { most, ms }: BulkLimits) {
  const ended: Candidate[] = [];
  let selfLeftOut = false;
  const giveUpAt = performance.now() + ms;
  const isSpent = (): boolean => ended.length >= most || performance.now() > giveUpAt;
  const isSelf = ({ kind, id }: Candidate): boolean =>
    kind === 'personal_access_tokens' && id === self.tokenId;

  async function end(some: readonly Candidate[]): Promise<void> {
    const verdicts = dryRun ? some.map(() => true) : await all(some.map((one) => one.revoke()));
    ended.push(...some.filter((_, index) => verdicts[index]));
  }

  return {
    end,
    isSpent,
    result: () => ({ ended, selfLeftOut }),
    /** Resolves to the id up to which the piece is done; null: all of it. */
    endPiece: async ({ candidates }: Found): Promise<number | null> => {
      if (!self.include && candidates.some(isSelf)) selfLeftOut = true;
      const others = candidates.filter((candidate) => !isSelf(candidate));
      for (let at = 0; at < others.length;) {
        const some = others.slice(at, at + Math.min(AT_ONCE, most - ended.length));
        await end(some);
        at += some.length;
        if (at < others.length && isSpent()) return some.at(-1)?.id ?? null;
      }
      return null;
    },
  };
}

/**
 * Resolved means durable. Rejects with `store_unavailable` where something is noted and not known to be stored: it is
 * denied here from now on, and the same request is to be sent again.
 */
export async function bulkRevoke(
  deps: BulkRevokeDependencies,
  request: BulkRequest,
  limits: BulkLimits,
): Promise<BulkPart> {
  const { store } = deps;
  const { criteria, kinds, dryRun, self, from } = request;
  const candidates = createCandidates(deps);
  const matches = createMatches(store, criteria);
  const sources = createSources({ ...deps, criteria, matches, candidates });
  const ending = createEnding(request, limits);
  const shown: ShownToken[] = [];
  const part = (next: Position | null): BulkPart => ({ ...ending.result(), shown, next });

  /**
   * What jobs leave behind. One that ended and could not be converted may be yet: its password is recorded now, and goes
   * with the others.
   */
  async function lookBehind(jobs: readonly JobRecord[]): Promise<void> {
    if (!dryRun && kinds.includes('converted_tokens')) {
      await all(jobs.map((job) => convertToken(deps, job)));
    }
    const action = dryRun ? 'report' : request.shown;
    shown.push(...(await dealWithShownTokens(deps, jobs, action)));
  }

  async function walk(kind: RevocableKind, start: number): Promise<number | null> {
    for (let after: number | null = start; after !== null;) {
      const found: Found = await sources[kind](after);
      const stopped = await ending.endPiece(found);
      await lookBehind(found.jobs.filter(({ id }) => stopped === null || id <= stopped));
      if (stopped !== null) return stopped;
      after = found.next;
      if (after !== null && ending.isSpent()) return after;
    }
    return null;
  }

  /** Last, since without it whoever asks could not go on asking. */
  async function endSelf(): Promise<void> {
    if (!self.include || !kinds.includes('personal_access_tokens')) return;
    const token = await store.personalAccessTokens.find(self.tokenId);
    if (token?.revokedAt !== null || !matches.ofUser(token)) return;
    await ending.end([candidates.personalAccessToken(token)]);
  }

  const first = from === null ? 0 : REVOCABLE_KINDS.indexOf(from.kind);
  let begun = false;
  for (const [index, kind] of REVOCABLE_KINDS.entries()) {
    if (index < first || !kinds.includes(kind)) continue;
    if (begun && ending.isSpent()) return part({ kind, after: 0 });
    begun = true;
    const stopped = await walk(kind, index === first ? (from?.after ?? 0) : 0);
    if (stopped !== null) return part({ kind, after: stopped });
  }
  if (!dryRun) await store.settled();
  await endSelf();
  return part(null);
}
