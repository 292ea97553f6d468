/** One secret that leaked, whatever it is the secret of: an administrator brings it, and what it opens is ended. */
import type { Secret } from '../credential/secret.ts';
import { createTokenClassifier } from '../credential/token-format.ts';
import type { ExtendedTokenSigner } from '../signing/ports.ts';
import type { SecretHash } from '../credential/secret-hash.ts';
import { createCandidates, type Candidate, type CandidateDependencies } from './bulk-candidates.ts';
import { endOfJob } from './bulk-matches.ts';

export interface RevokeSecretDependencies extends CandidateDependencies {
  readonly secretHash: SecretHash;
  readonly extendedTokens: ExtendedTokenSigner;
}

export interface EndedSecret {
  readonly candidate: Candidate;
  /** False: it had ended before. */
  readonly wasLive: boolean;
}

interface FoundSecret {
  readonly candidate: Candidate;
  readonly live: boolean;
}

interface Ending {
  readonly revokedAt: number | null;
  readonly expiresAt: number | null;
}

const isLive = ({ revokedAt, expiresAt }: Ending, now: number): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > now);

/** By the keyed hash of the secret, in the place where secrets of its kind are. */
function createFind({ store, clock, ...deps }: RevokeSecretDependencies) {
  const candidates = createCandidates({ store, clock, ...deps });
  const classify = createTokenClassifier(deps.settings.credentials.prefixes);
  const found = <T extends Ending>(
    admission: { readonly token: T } | null,
    toCandidate: (token: T) => Candidate,
  ): readonly FoundSecret[] => {
    if (admission === null) return [];
    const { token } = admission;
    return [{ candidate: toCandidate(token), live: isLive(token, clock.now()) }];
  };

  /** The job, and the password that it leaves behind, which is looked for once the job has ended. */
  function ofJob(hash: string): readonly (() => Promise<readonly FoundSecret[]>)[] {
    const { convertedTokens, jobs } = store;
    return [
      async () => {
        const job = (await jobs.admit(hash))?.job;
        if (job === undefined) return [];
        return [{ candidate: candidates.job(job), live: endOfJob(job) > clock.now() }];
      },
      async () => found(await convertedTokens.admit(hash), candidates.convertedToken),
    ];
  }

  async function ofExtended(jwt: string) {
    const claims = await deps.extendedTokens.verify(jwt, clock.now());
    return claims === null ? [] : ofJob(claims.jobKey);
  }

  return async (secret: Secret): Promise<readonly (() => Promise<readonly FoundSecret[]>)[]> => {
    const { deployTokens, refreshTokens, personalAccessTokens } = store;
    const shape = classify(secret);
    const hash = deps.secretHash(secret);
    switch (shape?.kind) {
      case 'job_token':
        return ofJob(hash);
      case 'extended_job_token':
        return ofExtended(shape.form === 'jwt' ? shape.jwt : '');
      case 'deploy_token':
        return [async () => found(await deployTokens.admit(hash), candidates.deployToken)];
      case 'refresh_token':
        return [async () => found(await refreshTokens.admit(hash), candidates.refreshToken)];
      // The administrator's token as an operator configured it may have no prefix.
      case 'personal_access_token':
      case undefined:
        return [
          async () => found(await personalAccessTokens.admit(hash), candidates.personalAccessToken),
        ];
    }
  };
}

/**
 * Ends whatever the secret is of: a deploy token with both its secrets, a job with its extended token and with what its
 * password could read afterwards. null where no credential has this secret. Resolved means durable.
 */
export async function revokeSecret(
  deps: RevokeSecretDependencies,
  secret: Secret,
): Promise<EndedSecret | null> {
  let first: Candidate | null = null;
  let wasLive = false;
  for (const look of await createFind(deps)(secret)) {
    for (const { candidate, live } of await look()) {
      first ??= candidate;
      if (live && (await candidate.revoke())) wasLive = true;
    }
  }
  await deps.store.settled();
  return first && { candidate: first, wasLive };
}
