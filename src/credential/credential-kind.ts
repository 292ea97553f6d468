import type { Credential } from './credential.ts';
import { createPrefixFinder, type TokenKind, type TokenPrefixes } from './token-format.ts';

/** What a credential claims to be, whether or not it is good. */
export type CredentialKind = TokenKind | 'password' | 'anonymous';

/** By the prefix alone, so that it costs next to nothing. */
export function createCredentialKind(
  prefixes: TokenPrefixes,
): (credential: Credential) => CredentialKind {
  const find = createPrefixFinder(prefixes);
  return (credential) =>
    credential.kind === 'basic'
      ? (find(credential.secret.reveal())?.kind ?? 'password')
      : credential.kind;
}
