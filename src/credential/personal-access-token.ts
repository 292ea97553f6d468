import type { PersonalAccessTokenAdmission, PersonalAccessTokens } from '../store/ports.ts';
import type { UserRecord } from '../store/records.ts';
import { abilitiesOfScopes } from './abilities.ts';
import { refused, unknownCredential, type AuthenticationOutcome } from './outcome.ts';
import type { Actor } from './principal.ts';

/** The part of a user that policy looks at. */
export function actorOf(user: UserRecord): Actor {
  return { id: user.id, username: user.username, admin: user.admin, external: user.external };
}

/** null if the token is good at `now`; else why not, in words for its holder. */
export function personalAccessTokenFault(
  admission: PersonalAccessTokenAdmission,
  now: number,
): string | null {
  const { token, user } = admission;
  if (token.revokedAt !== null) return 'This personal access token has been revoked.';
  if (token.expiresAt !== null && token.expiresAt <= now) {
    return 'This personal access token has expired.';
  }
  if (user === null) return 'The user of this personal access token no longer exists.';
  if (user.state !== 'active') return 'The user of this personal access token is blocked.';
  return null;
}

/** Any username goes, as on GitLab: the secret alone says whose it is. */
export function createPersonalAccessTokenAuthenticator(tokens: PersonalAccessTokens) {
  return async (hash: string, now: number): Promise<AuthenticationOutcome> => {
    const admission = await tokens.admit(hash);
    if (admission === null) return unknownCredential('no personal access token has this hash');
    const fault = personalAccessTokenFault(admission, now);
    if (fault !== null || admission.user === null) {
      return refused(`personal access token ${admission.token.id}: ${fault}`, fault ?? '');
    }
    tokens.touch(admission.token.id, now);
    return {
      kind: 'authenticated',
      principal: {
        kind: 'user',
        via: 'personal_access_token',
        actor: actorOf(admission.user),
        abilities: abilitiesOfScopes(admission.token.scopes),
        tokenId: admission.token.id,
        expiresAt: admission.token.expiresAt,
      },
      backing: { kind: 'personal_access_token', tokenId: admission.token.id },
    };
  };
}
