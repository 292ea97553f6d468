import type { ExtendedTokenSigner } from '../signing/ports.ts';
import type { Jobs } from '../store/ports.ts';
import { jobFault, runningJob, usernameFault } from './job-token.ts';
import { refused, unknownCredential, type AuthenticationOutcome } from './outcome.ts';

/**
 * The extended token of a job (EXT-02). It names the job by the keyed hash of the ordinary token, so that both are good
 * for exactly as long (EXT-08); a job that was handed none has none, whatever is signed.
 */
export function createExtendedJobTokenAuthenticator(jobs: Jobs, signer: ExtendedTokenSigner) {
  return async (username: string, jwt: string, now: number): Promise<AuthenticationOutcome> => {
    const claims = await signer.verify(jwt, now);
    if (claims === null) return unknownCredential('the extended job token is no valid JWT of ours');
    const admission = await jobs.admit(claims.jobKey);
    if (admission === null) return unknownCredential('no job has the key of the extended token');
    const { job, user } = admission;
    if (!job.extended || claims.jobId !== job.id) {
      return unknownCredential(`job ${job.id} was handed no such extended token`);
    }
    const fault = usernameFault(username) ?? jobFault(admission, now);
    if (fault !== null || user === null) return refused(`job ${job.id}: ${fault}`, fault ?? '');
    const principal = runningJob(admission, user, { scopeCap: null, extended: true });
    return { kind: 'authenticated', principal };
  };
}
