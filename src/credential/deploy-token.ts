import type { DeployTokenAdmission, DeployTokens } from '../store/ports.ts';
import { abilitiesOfDeployToken } from './abilities.ts';
import { refused, unknownCredential, type AuthenticationOutcome } from './outcome.ts';

/** The earlier of two ends of life, where null has none. */
function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** null if the deploy token and this secret of it are good at `now`; else why not, in words for its holder. */
export function deployTokenFault(admission: DeployTokenAdmission, now: number): string | null {
  const { token, secret } = admission;
  if (token.revokedAt !== null) return 'This deploy token has been revoked.';
  if (token.expiresAt !== null && token.expiresAt <= now) return 'This deploy token has expired.';
  if (secret.expiresAt !== null && secret.expiresAt <= now) {
    return 'This secret of the deploy token has been replaced and its grace time is over.';
  }
  return null;
}

/** The username must be the token's own: the one rule that GitLab has for deploy tokens and no other kind. */
export function createDeployTokenAuthenticator(tokens: DeployTokens) {
  return async (username: string, hash: string, now: number): Promise<AuthenticationOutcome> => {
    const admission = await tokens.admit(hash);
    if (admission === null) return unknownCredential('no deploy token has this hash');
    const { token, secret } = admission;
    const fault =
      username === token.username
        ? deployTokenFault(admission, now)
        : 'The username is not the one that belongs to this deploy token.';
    if (fault !== null) return refused(`deploy token ${token.id}: ${fault}`, fault);
    tokens.touch(token.id, secret.id, now);
    return {
      kind: 'authenticated',
      principal: {
        kind: 'deploy_token',
        tokenId: token.id,
        username: token.username,
        holder: token.holder,
        abilities: abilitiesOfDeployToken(token.scopes),
        expiresAt: earlier(token.expiresAt, secret.expiresAt),
      },
    };
  };
}
