/** "What matches is gone, and nothing else", for any store and any world. */
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { AppError, isStoreUnavailable, storeUnavailable } from '../../../src/errors.ts';
import { planOf, REVOCABLE_KINDS, type Criteria } from '../../../src/lifecycle/bulk-criteria.ts';
import {
  bulkRevoke,
  type BulkPart,
  type BulkRevokeDependencies,
} from '../../../src/lifecycle/bulk-revoke.ts';
import type { Store } from '../../../src/store/ports.ts';
import { asked, live, meant, toCriteria } from './model.ts';
import { credentials, everything, fill, PRESENT, type Scene } from './scene.ts';

type Parts = Omit<BulkRevokeDependencies, 'store' | 'clock' | 'audit' | 'why'>;
type Event = readonly [type: string, id: number | null];

/** The store, which cannot answer once so many credentials have been ended. */
function failing(store: Store, after: number): Store {
  let left = after;
  const counted =
    <Args extends unknown[], Answer>(verb: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      left -= 1;
      if (left < 0) throw storeUnavailable('for now');
      return verb(...args);
    };
  const { jobs, deployTokens, personalAccessTokens, convertedTokens, refreshTokens } = store;
  const directory = store.directory;
  return {
    ...store,
    directory,
    jobs: { ...jobs, setStatus: counted(jobs.setStatus) },
    deployTokens: { ...deployTokens, revoke: counted(deployTokens.revoke) },
    personalAccessTokens: {
      ...personalAccessTokens,
      revoke: counted(personalAccessTokens.revoke),
    },
    convertedTokens: { ...convertedTokens, revoke: counted(convertedTokens.revoke) },
    refreshTokens: { ...refreshTokens, revoke: counted(refreshTokens.revoke) },
  };
}

interface Options {
  readonly most: number;
  readonly dryRun: boolean;
  readonly self: number;
}

/** All parts, one after the other. */
async function toTheEnd(deps: BulkRevokeDependencies, criteria: Criteria, options: Options) {
  const { kinds } = planOf(criteria, undefined);
  const parts: BulkPart[] = [];
  const { most, dryRun, self: tokenId } = options;
  for (let from: BulkPart['next'] = null, more = true; more;) {
    const self = { tokenId, include: false };
    const request = { criteria, kinds, dryRun, self, shown: 'report', from } as const;
    const part: BulkPart = await bulkRevoke(deps, request, { most, ms: 60_000 });
    expect(part.ended.length).toBeLessThanOrEqual(most);
    parts.push(part);
    from = part.next;
    more = from !== null;
  }
  return parts;
}

const usable = (criteria: Criteria): boolean => {
  try {
    planOf(criteria, undefined);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'bad_request') return false;
    throw error;
  }
};

const sorted = (ids: Iterable<number>): number[] => [...ids].toSorted((a, b) => a - b);

export async function checkLaw(scene: Scene, parts: Parts, runs: number): Promise<void> {
  const rule = fc.asyncProperty(
    credentials,
    asked,
    fc.integer({ min: 1, max: 5 }),
    fc.option(fc.nat(6)),
    fc.nat(20),
    async (wanted, criteriaAsked, most, failAfter, selfAt) => {
      await fill(scene, wanted);
      const criteria = toCriteria(scene, criteriaAsked);
      if (!usable(criteria)) return;
      const before = await everything(scene);
      const tokens = live(before).personal_access_tokens;
      const self = tokens[selfAt % Math.max(1, tokens.length)] ?? 0;
      const events: Event[] = [];
      const deps = {
        ...parts,
        store: scene.store,
        clock: { now: () => PRESENT },
        audit: (type: string, { id }: { id: number | null }) => void events.push([type, id]),
        why: { reason: 'bulk' },
      };
      const { kinds } = planOf(criteria, undefined);
      const shouldEnd = meant(scene, before, criteria);
      const ends = (kind: (typeof REVOCABLE_KINDS)[number]) =>
        kinds.includes(kind)
          ? shouldEnd[kind].filter((id) => kind !== 'personal_access_tokens' || id !== self)
          : [];

      const dry = await toTheEnd(deps, criteria, { most, dryRun: true, self });
      const named = dry.flatMap(({ ended }) => ended);
      for (const kind of REVOCABLE_KINDS) {
        const ids = named.filter((one) => one.kind === kind).map(({ id }) => id);
        expect([kind, sorted(ids)]).toEqual([kind, sorted(ends(kind))]);
      }
      expect(events).toEqual([]);
      expect(live(await everything(scene))).toEqual(live(before));

      if (failAfter !== null) {
        const store = failing(scene.store, failAfter);
        await toTheEnd({ ...deps, store }, criteria, { most, dryRun: false, self }).catch(
          (error: unknown) => {
            if (!isStoreUnavailable(error)) throw error;
          },
        );
      }
      const done = await toTheEnd(deps, criteria, { most, dryRun: false, self });
      const after = live(await everything(scene));
      for (const kind of REVOCABLE_KINDS) {
        const gone = new Set(ends(kind));
        const left = live(before)[kind].filter((id) => !gone.has(id));
        expect([kind, sorted(after[kind])]).toEqual([kind, sorted(left)]);
      }
      const selfMeant = kinds.includes('personal_access_tokens') && tokens.includes(self);
      const leftOut = selfMeant && shouldEnd.personal_access_tokens.includes(self);
      expect(done.some(({ selfLeftOut }) => selfLeftOut)).toBe(leftOut);
      const again = await toTheEnd(deps, criteria, { most, dryRun: false, self });
      expect(again.flatMap(({ ended }) => ended)).toEqual([]);
      // One event for each, and none twice.
      const told = events.filter(([type]) => /revoked$|finished$/.test(type)).map(String);
      expect(new Set(told).size).toBe(told.length);
      const count = REVOCABLE_KINDS.reduce((sum, kind) => sum + ends(kind).length, 0);
      expect(told.length).toBeGreaterThanOrEqual(count);
    },
  );
  await fc.assert(rule, { numRuns: runs });
}
