import { createHmac, randomBytes } from 'node:crypto';
import type { Directory } from '../store/ports.ts';
import { PASSWORD_ABILITIES } from './abilities.ts';
import { refused, unknownCredential, type AuthenticationOutcome } from './outcome.ts';
import { DECOY_HASH, type PasswordVerifier } from './password-hash.ts';
import { actorOf } from './personal-access-token.ts';
import { passwordMark } from './refresh-token-life.ts';
import type { Secret } from './secret.ts';

/** How many verified passwords are remembered, so that a pull of forty layers pays for scrypt once. */
const REMEMBERED = 1000;

/**
 * Checks each password as seldom as can be: one that matched is remembered, and requests that bring the same one at
 * the same time share a check, since a push opens many connections at once. What is remembered includes the stored
 * hash, so a changed password is a miss at once, and the username, so that the time of two checks does not tell
 * whether both names are unknown. It lives and dies with the process.
 */
function createPasswordCheck(verify: PasswordVerifier) {
  const key = randomBytes(32);
  const known = new Set<string>();
  const running = new Map<string, Promise<boolean>>();

  function remember(mark: string): void {
    const oldest = known.size >= REMEMBERED ? known.values().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    known.add(mark);
  }

  async function checkOnce(mark: string, secret: Secret, phc: string): Promise<boolean> {
    try {
      const matches = await verify(secret, phc);
      if (matches) remember(mark);
      return matches;
    } finally {
      running.delete(mark);
    }
  }

  return async (username: string, secret: Secret, phc: string): Promise<boolean> => {
    const text = JSON.stringify([username, phc, secret.reveal()]);
    const mark = createHmac('sha256', key).update(text).digest('base64url');
    if (known.has(mark)) return true;
    const check = running.get(mark) ?? checkOnce(mark, secret, phc);
    running.set(mark, check);
    return check;
  };
}

/** People who log in with the password that the directory knows. Unknown users cost as much time as wrong passwords. */
export function createPasswordAuthenticator(directory: Directory, verify: PasswordVerifier) {
  const check = createPasswordCheck(verify);
  return async (username: string, secret: Secret): Promise<AuthenticationOutcome> => {
    const user = username === '' ? null : await directory.userByUsername(username);
    const phc = user?.passwordHash ?? DECOY_HASH;
    const matches = await check(username, secret, phc);
    // One spelling only: two forms of one account would be two identities to whoever counts failures.
    if (!matches || user === null || user.username !== username) {
      return unknownCredential('no user with this name and password');
    }
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
      backing: { kind: 'password', mark: passwordMark(phc) },
    };
  };
}
