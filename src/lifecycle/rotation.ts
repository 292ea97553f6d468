/** A deploy token gets a new secret while the old one still works, so that nothing that runs is cut off (AUTO-16). */
import type { Secret } from '../credential/secret.ts';
import { mintToken } from '../credential/token-format.ts';
import { AppError } from '../errors.ts';
import type { DeployTokenRecord, MemberSource } from '../store/records.ts';
import type { LifecycleDependencies } from './dependencies.ts';
import { refusePastEnd } from './refuse-past-end.ts';

const DAY = 86_400;

type Stored = Pick<LifecycleDependencies, 'store' | 'clock'>;
type Dependencies = Pick<
  LifecycleDependencies,
  'store' | 'clock' | 'secretHash' | 'sealedSecrets' | 'settings'
>;

export interface RotationRequest {
  readonly holder: MemberSource;
  readonly tokenId: number;
  /** Seconds that the old secret still works; undefined: as the settings say. */
  readonly gracePeriod: number | undefined;
  /** A new end of the token; undefined: as it was; null: none. */
  readonly expiresAt: number | null | undefined;
}

function found(token: DeployTokenRecord | null): DeployTokenRecord {
  if (token === null) throw new AppError('not_found', '404 Deploy Token Not Found');
  return token;
}

/** When a new secret is due, in milliseconds; null where no rotation is asked for (AUTO-19). */
export function rotationDueAt({ rotateEvery, secrets }: DeployTokenRecord): number | null {
  const newest = secrets.at(-1);
  if (rotateEvery === null || newest === undefined) return null;
  return newest.createdAt + rotateEvery * 1000;
}

/**
 * Makes a new secret, which works at once; the one before works until its grace ends, and an older one no more
 * (AUTO-17). The secret of an automatic token is also sealed, so that jobs get it.
 *
 * @throws AppError `not_found`, `bad_request` (an end in the past), or `conflict` where the token is revoked or expired
 */
export async function rotateDeployToken(
  { store, clock, secretHash, sealedSecrets, settings }: Dependencies,
  { holder, tokenId, gracePeriod, expiresAt }: RotationRequest,
): Promise<{ readonly token: DeployTokenRecord; readonly secret: Secret }> {
  const now = clock.now();
  refusePastEnd(expiresAt, now);
  const { origin } = found(await store.deployTokens.find(holder, tokenId));
  const secret = mintToken(settings.credentials.prefixes.deploy_token[0] ?? '');
  const rotation = {
    hash: secretHash(secret),
    sealed: origin === 'auto' ? sealedSecrets.seal(secret, holder.id) : null,
    graceUntil: now + (gracePeriod ?? settings.deploy_tokens.rotation_grace) * 1000,
    ...(expiresAt !== undefined && { expiresAt }),
  };
  return { token: found(await store.deployTokens.rotate(holder, tokenId, rotation, now)), secret };
}

/** Ends the grace of an old secret now. `not_found`: no such token or secret; `conflict`: it is the newest. */
export async function endSecret(
  { store, clock }: Stored,
  holder: MemberSource,
  tokenId: number,
  secretId: number,
): Promise<DeployTokenRecord> {
  return found(await store.deployTokens.endSecret(holder, tokenId, secretId, clock.now()));
}

/** @param everyDays null: nobody is reminded any more */
export async function setRotation(
  { store }: Pick<Stored, 'store'>,
  holder: MemberSource,
  tokenId: number,
  everyDays: number | null,
): Promise<DeployTokenRecord> {
  const rotateEvery = everyDays === null ? null : everyDays * DAY;
  return found(await store.deployTokens.setRotation(holder, tokenId, rotateEvery));
}
