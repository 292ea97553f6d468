import { createHmac, randomBytes } from 'node:crypto';
import type { Directory } from '../store/ports.ts';
import { PASSWORD_ABILITIES } from './abilities.ts';
import { refused, unknownCredential, type AuthenticationOutcome } from './outcome.ts';
import { DECOY_HASH, type PasswordVerifier } from './password-hash.ts';
import { actorOf } from './personal-access-token.ts';
import type { Secret } from './secret.ts';

/** How many verified passwords are remembered, so that a pull of forty layers pays for scrypt once. */
const REMEMBERED = 1000;

/**
 * Remembers that a password matched a stored hash. The stored hash is part of what is remembered, so a changed
 * password is a miss at once; the key lives and dies with the process.
 */
function createMemory() {
  const key = randomBytes(32);
  const known = new Set<string>();
  const mark = (secret: Secret, phc: string): string =>
    createHmac('sha256', key).update(`${phc}\0${secret.reveal()}`).digest('base64url');
  return {
    has: (secret: Secret, phc: string): boolean => known.has(mark(secret, phc)),
    add(secret: Secret, phc: string): void {
      const oldest = known.size >= REMEMBERED ? known.values().next().value : undefined;
      if (oldest !== undefined) known.delete(oldest);
      known.add(mark(secret, phc));
    },
  };
}

/** People who log in with the password that the directory knows. Unknown users cost as much time as wrong passwords. */
export function createPasswordAuthenticator(directory: Directory, verify: PasswordVerifier) {
  const memory = createMemory();
  return async (username: string, secret: Secret): Promise<AuthenticationOutcome> => {
    const user = username === '' ? null : await directory.userByUsername(username);
    const phc = user?.passwordHash ?? DECOY_HASH;
    const matches = memory.has(secret, phc) || (await verify(secret, phc));
    // One spelling only: two forms of one account would be two identities to whoever counts failures.
    if (!matches || user === null || user.username !== username) {
      return unknownCredential('no user with this name and password');
    }
    memory.add(secret, phc);
    if (user.state !== 'active')
      return refused(`user ${user.id} is blocked`, 'This user is blocked.');
    if (user.twoFactor) {
      return refused(
        `user ${user.id} has two-factor authentication`,
        'This user has two-factor authentication, so a password does not log in here. Use a personal access token.',
      );
    }
    return {
      kind: 'authenticated',
      principal: {
        kind: 'user',
        via: 'password',
        actor: actorOf(user),
        abilities: PASSWORD_ABILITIES,
        tokenId: null,
        expiresAt: null,
      },
    };
  };
}
