import type { JobAdmission } from '../../ports.ts';
import { isTokenHash } from '../keys.ts';
import type { OwnersOf } from '../replica/owners.ts';
import type { JobCalls } from './calls.ts';
import type { AsDenied } from './denial.ts';
import { inDoubt } from './faults.ts';

/**
 * A job by the hash of its token, in one round trip. Whether it is alive is asked each time; its user and project come
 * from the replica, which sees to it itself that it is fresh.
 */
export function createAdmission(calls: JobCalls, ownersOf: OwnersOf, asDenied: AsDenied) {
  return async (tokenHash: string): Promise<JobAdmission | null> => {
    if (!isTokenHash(tokenHash)) return null;
    const { reply, job } = await calls.admit(tokenHash);
    if (reply.status === 'doubt') throw inDoubt();
    if (job === null) return null;
    const { user, project } = await ownersOf(job);
    // Last, since the end may have come in while the owners were asked for.
    return { job: asDenied(job), user, project };
  };
}
