import type { Clock } from '../clock.ts';
import type { Settings } from '../settings/schema.ts';
import type { ExtendedTokenSigner, JobTokenSigner } from '../signing/ports.ts';
import type {
  ConvertedTokens,
  DeployTokens,
  Directory,
  Jobs,
  PersonalAccessTokens,
  RefreshTokens,
} from '../store/ports.ts';
import { createAfterJobAuthenticator } from './after-job.ts';
import type { Credential } from './credential.ts';
import { createDeployTokenAuthenticator } from './deploy-token.ts';
import { createExtendedJobTokenAuthenticator } from './extended-job-token.ts';
import { createJobTokenAuthenticator, JOB_USERNAME } from './job-token.ts';
import { unknownCredential, type AuthenticationOutcome } from './outcome.ts';
import { createPasswordAuthenticator } from './password.ts';
import type { PasswordVerifier } from './password-hash.ts';
import { createPersonalAccessTokenAuthenticator } from './personal-access-token.ts';
import { createRefreshTokenAuthenticator } from './refresh-token.ts';
import type { RefreshTokenRules } from './refresh-token-life.ts';
import type { SecretHash } from './secret-hash.ts';
import { createTokenClassifier, type TokenPrefixes } from './token-format.ts';

export interface AuthenticatorDeps {
  readonly jobs: Jobs;
  readonly deployTokens: DeployTokens;
  readonly personalAccessTokens: PersonalAccessTokens;
  readonly convertedTokens: ConvertedTokens;
  readonly refreshTokens: RefreshTokens;
  readonly directory: Directory;
  readonly jobTokenSigner: JobTokenSigner;
  readonly extendedTokenSigner: ExtendedTokenSigner;
  readonly secretHash: SecretHash;
  readonly verifyPassword: PasswordVerifier;
  readonly prefixes: TokenPrefixes;
  /** Whether passwords log in at all. */
  readonly passwords: boolean;
  readonly jobSettings: Settings['jobs'];
  readonly refreshRules: RefreshTokenRules;
  readonly clock: Clock;
}

/**
 * Turns a credential into a principal. Rejects only where it cannot tell (store away, too many password checks).
 *
 * @param service the one that a registry token is asked for; absent: none is, and a refresh token is good for nothing
 */
export type Authenticate = (
  credential: Credential,
  service?: string,
) => Promise<AuthenticationOutcome>;

/**
 * The prefix of the secret decides who looks at it, once: a token-shaped secret never reaches the password check, so
 * it costs no slow hash, and a password never reaches the token look-ups.
 */
export function createAuthenticate(deps: AuthenticatorDeps): Authenticate {
  const classify = createTokenClassifier(deps.prefixes);
  const personalAccessToken = createPersonalAccessTokenAuthenticator(deps.personalAccessTokens);
  const deployToken = createDeployTokenAuthenticator(deps.deployTokens);
  const { jobs, jobSettings } = deps;
  const afterJob = createAfterJobAuthenticator(deps.convertedTokens, jobSettings.after_job);
  const jobToken = createJobTokenAuthenticator({ jobs, signer: deps.jobTokenSigner, afterJob });
  const extendedJobToken = createExtendedJobTokenAuthenticator(jobs, deps.extendedTokenSigner);
  const refreshToken = createRefreshTokenAuthenticator(deps);
  const password = createPasswordAuthenticator(deps.directory, deps.verifyPassword);

  return async (credential, service) => {
    if (credential.kind === 'anonymous') {
      return { kind: 'authenticated', principal: { kind: 'anonymous' } };
    }
    const { secret } = credential;
    const shape = classify(secret);
    if (credential.kind === 'refresh_token' || shape?.kind === 'refresh_token') {
      return refreshToken(credential, shape, service);
    }
    const { username } = credential;
    if (shape === null) {
      // No user may have this name, and old runners' secrets that come again and again must cost no slow hash.
      if (username === JOB_USERNAME) return unknownCredential('not a job token');
      if (!deps.passwords) return unknownCredential('not a token, and passwords are switched off');
      return password(username, secret);
    }
    if (shape.form === 'malformed') {
      return unknownCredential(`the checksum of the ${shape.kind} is wrong`);
    }
    const now = deps.clock.now();
    if (shape.kind === 'extended_job_token') {
      if (jobSettings.extended_token.enabled) return extendedJobToken(username, shape.jwt, now);
      return unknownCredential('extended job tokens are switched off');
    }
    const hash = deps.secretHash(secret);
    switch (shape.kind) {
      case 'personal_access_token':
        return personalAccessToken(hash, now);
      case 'deploy_token':
        return deployToken(username, hash, now);
      case 'job_token':
        return jobToken(username, shape, hash, now);
    }
  };
}
