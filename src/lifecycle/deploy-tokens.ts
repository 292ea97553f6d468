/** Deploy tokens: a credential of a project or group that outlives every job (CD-03). */
import type { Secret } from '../credential/secret.ts';
import { mintToken } from '../credential/token-format.ts';
import { AppError } from '../errors.ts';
import type { DeployTokenRecord, MemberSource } from '../store/records.ts';
import type { LifecycleDependencies } from './dependencies.ts';
import { refusePastEnd } from './refuse-past-end.ts';

export const DEPLOY_TOKEN_SCOPES = ['read_registry', 'write_registry', 'read_repository'] as const;
export type DeployTokenScope = (typeof DEPLOY_TOKEN_SCOPES)[number];

export interface DeployTokenRequest {
  readonly holder: MemberSource;
  readonly name: string;
  /** null: `gitlab+deploy-token-<id>`. */
  readonly username: string | null;
  readonly scopes: readonly DeployTokenScope[];
  readonly expiresAt: number | null;
  readonly createdBy: number | null;
}

/** Logins that other kinds of credentials answer to. */
const RESERVED_LOGIN = /^(gitlab-ci-token|gitlab\+deploy-token.*)$/i;

type Dependencies = Pick<LifecycleDependencies, 'store' | 'clock' | 'secretHash' | 'settings'>;

/** Creates a token; the secret is handed out here and never again. `bad_request`: reserved username, or born expired. */
export async function createDeployToken(
  { store, clock, secretHash, settings }: Dependencies,
  request: DeployTokenRequest,
): Promise<{ readonly token: DeployTokenRecord; readonly secret: Secret }> {
  const now = clock.now();
  if (request.username !== null && RESERVED_LOGIN.test(request.username)) {
    throw new AppError('bad_request', 'username is invalid: this name is reserved');
  }
  refusePastEnd(request.expiresAt, now);
  const secret = mintToken(settings.credentials.prefixes.deploy_token[0] ?? '');
  const scopes = [...new Set(request.scopes)];
  const token = await store.deployTokens.create(
    { ...request, scopes, hash: secretHash(secret) },
    now,
  );
  return { token, secret };
}

/** Revokes a token for good; the next use fails (AUTO-22). `not_found` where the holder has no such token. */
export async function revokeDeployToken(
  { store, clock }: Pick<LifecycleDependencies, 'store' | 'clock'>,
  holder: MemberSource,
  tokenId: number,
): Promise<DeployTokenRecord> {
  const token = await store.deployTokens.revoke(holder, tokenId, clock.now());
  if (token === null) throw new AppError('not_found', '404 Deploy Token Not Found');
  return token;
}
