import { expect, test } from '@jest/globals';
import type { JobEnd } from '../../../../src/store/redis/journal/entries.ts';
import { whenSettled } from '../../../../src/store/redis/journal/settled.ts';

const end = (jobId: number): JobEnd => ({
  projectId: 1,
  jobId,
  tokenHash: null,
  status: 'canceled',
  at: 1,
});

/** A journal in which each look finds the next of these lists, and the last one from then on. */
function looks(...lists: JobEnd[][]) {
  let at = -1;
  return {
    pendingEnds: () => lists[(at = Math.min(at + 1, lists.length - 1))] ?? [],
    pendingRevocations: () => [],
  };
}

const [one, other] = [end(1), end(2)];

test('what is pending is waited for, and what comes later is not', async () => {
  await whenSettled(looks([]));
  await whenSettled(looks([one], [one], []));
  await whenSettled(looks([one], [one, other], [other]));
});

test('what stays pending is not said to be stored', async () => {
  const waiting = whenSettled(looks([one, other], [other]));
  await expect(waiting).rejects.toMatchObject({
    code: 'store_unavailable',
    retryAfter: 1,
    message: expect.stringMatching(/^1 ends/),
  });
});
