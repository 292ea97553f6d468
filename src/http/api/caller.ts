/** Who calls the REST API. */
import type { Clock } from '../../clock.ts';
import type { Authenticate } from '../../credential/authenticate.ts';
import { JOB_USERNAME } from '../../credential/job-token.ts';
import { personalAccessTokenFault } from '../../credential/personal-access-token.ts';
import type { JobPrincipal } from '../../credential/principal.ts';
import type { Secret } from '../../credential/secret.ts';
import type { SecretHash } from '../../credential/secret-hash.ts';
import { createTokenClassifier, type TokenPrefixes } from '../../credential/token-format.ts';
import type { Store } from '../../store/ports.ts';
import type { JobRecord, PersonalAccessTokenRecord, UserRecord } from '../../store/records.ts';

export interface UserCaller {
  readonly kind: 'user';
  readonly user: UserRecord;
  readonly token: {
    readonly id: number;
    readonly scopes: ReadonlySet<string>;
    readonly expiresAt: number | null;
  };
}

/** A running job, by its own token. */
export interface JobCaller {
  readonly kind: 'job';
  readonly job: JobRecord;
  readonly principal: JobPrincipal;
}

export type Caller = UserCaller | JobCaller;

export interface ApiCredential {
  readonly kind: 'personal_access_token' | 'job_token';
  readonly secret: Secret;
}

/** `reason` is for the log only: every refusal looks the same from outside. `revoked`: the token that was brought. */
export type CallerOutcome =
  | { readonly kind: 'known'; readonly caller: Caller }
  | {
      readonly kind: 'rejected';
      readonly reason: string;
      readonly revoked?: PersonalAccessTokenRecord;
    };

export type ResolveCaller = (credential: ApiCredential) => Promise<CallerOutcome>;

export interface ResolveCallerDeps {
  readonly store: Store;
  readonly secretHash: SecretHash;
  readonly authenticate: Authenticate;
  readonly prefixes: TokenPrefixes;
  readonly clock: Clock;
}

const rejected = (reason: string) => ({ kind: 'rejected', reason }) as const;

/** Rejects only where the store cannot answer. Nothing is cached, so a revoked token is out at its next request. */
export function createResolveCaller(deps: ResolveCallerDeps): ResolveCaller {
  const { store, clock } = deps;
  const classify = createTokenClassifier(deps.prefixes);

  async function byPersonalAccessToken(secret: Secret): Promise<CallerOutcome> {
    const now = clock.now();
    const admission = await store.personalAccessTokens.admit(deps.secretHash(secret));
    if (admission === null) return rejected('no personal access token has this hash');
    const { token, user } = admission;
    const fault = personalAccessTokenFault(admission, now);
    if (fault !== null || user === null) {
      const refusal = rejected(`personal access token ${token.id}: ${fault}`);
      return token.revokedAt === null ? refusal : { ...refusal, revoked: token };
    }
    store.personalAccessTokens.touch(token.id, now);
    const scopes = new Set(token.scopes);
    const caller: UserCaller = {
      kind: 'user',
      user,
      token: { id: token.id, scopes, expiresAt: token.expiresAt },
    };
    return { kind: 'known', caller };
  }

  async function byJobToken(secret: Secret): Promise<CallerOutcome> {
    const outcome = await deps.authenticate({ kind: 'basic', username: JOB_USERNAME, secret });
    if (outcome.kind === 'rejected') return rejected(outcome.reason);
    const { principal } = outcome;
    if (principal.kind !== 'job') return rejected('JOB-TOKEN holds no job token');
    // The password of an ended job reads images and nothing else (CD-06).
    if (principal.convertedId !== null) return rejected(`job ${principal.jobId} has ended`);
    const job = await store.jobs.find(principal.projectId, principal.jobId);
    return job === null
      ? rejected('the job is gone')
      : { kind: 'known', caller: { kind: 'job', job, principal } };
  }

  return async ({ kind, secret }) => {
    const shape = classify(secret);
    if (kind === 'job_token') {
      // Anything else would be tried as a password, which costs a slow hash.
      return shape?.kind === 'job_token' ? byJobToken(secret) : rejected('no job token at all');
    }
    // The secret that an operator configures for the administrator may have no prefix, or one and no checksum.
    return shape === null || shape.kind === 'personal_access_token'
      ? byPersonalAccessToken(secret)
      : rejected(`a ${shape.kind} does not open the API`);
  };
}
