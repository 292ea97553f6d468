/** The authenticators over a world's store and keys, asked as a person would say it. */
import { createAuthenticate, type Authenticate } from '../../src/credential/authenticate.ts';
import type { AuthenticationOutcome } from '../../src/credential/outcome.ts';
import {
  createPasswordVerifier,
  type PasswordVerifier,
} from '../../src/credential/password-hash.ts';
import type { Principal } from '../../src/credential/principal.ts';
import { refreshTokenRules } from '../../src/credential/refresh-token-life.ts';
import { Secret } from '../../src/credential/secret.ts';
import type { World } from '../support/world.ts';

export interface LoginOptions {
  readonly verifyPassword?: PasswordVerifier;
  readonly passwords?: boolean;
}

export type Login = (username: string, secret: string) => Promise<AuthenticationOutcome>;

export function authenticateOver(world: World, options: LoginOptions = {}): Authenticate {
  return createAuthenticate({
    ...world.store,
    jobTokenSigner: world.keys.jobTokenSigner,
    extendedTokenSigner: world.keys.extendedTokenSigner,
    jobSettings: world.settings.jobs,
    refreshRules: refreshTokenRules(world.settings),
    secretHash: world.secretHash,
    verifyPassword: options.verifyPassword ?? createPasswordVerifier(),
    prefixes: world.settings.credentials.prefixes,
    passwords: options.passwords ?? true,
    clock: world.clock,
  });
}

export function loginOver(world: World, options: LoginOptions = {}): Login {
  const authenticate = authenticateOver(world, options);
  return (username, secret) =>
    authenticate({ kind: 'basic', username, secret: new Secret(secret) });
}

/** The principal, or a failed test that says why there is none. */
export function admitted(outcome: AuthenticationOutcome): Principal {
  if (outcome.kind === 'authenticated') return outcome.principal;
  throw new Error(`rejected: ${outcome.reason}`);
}

/** What the person is told, or a failed test where there is a principal. */
export function rejection(outcome: AuthenticationOutcome): string {
  if (outcome.kind === 'rejected') return outcome.message;
  throw new Error(`authenticated as ${outcome.principal.kind}`);
}

/** The one answer for whatever matches nothing. */
export const UNKNOWN =
  'The username or the secret is wrong, or the secret is no longer known here.';
