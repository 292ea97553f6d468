/** Which of the two generations of Distribution a registry is: they know keys by different ids. */
import { bearerOf } from './challenge.ts';
import type { Exchange, Send } from './exchange.ts';

export type Generation = 2 | 3 | null;

export interface RegistryKind {
  /** null: another registry, or one that does not tell. */
  readonly generation: Generation;
  /** Whether it was seen to read the Authorization header at all; null where that cannot be told. */
  readonly readsAuthorization: boolean | null;
}

/** The `error` of the challenge in a 401; null for none, undefined for no such answer. */
export function challengeError(exchange: Exchange): string | null | undefined {
  if (exchange.kind === 'trouble' || exchange.status !== 401) return undefined;
  const bearer = bearerOf(exchange.headers['www-authenticate']);
  return bearer === null ? undefined : (bearer.parameters.get('error') ?? null);
}

/**
 * Distribution calls a Bearer token that is no JWT an `invalid_token`. Where the token holds a space, 2 sees no token
 * and names no error, since it cuts the header at every space, and 3 only at the first
 * (registry/auth/token/accesscontroller.go, Authorized). Neither probe carries anything that is anybody's.
 */
export async function probeKind(send: Send, registry: URL): Promise<RegistryKind> {
  const url = new URL('/v2/', registry);
  const ask = (authorization: string) => send({ url, headers: { Authorization: authorization } });
  const one = challengeError(await ask('Bearer not-a-token'));
  if (one === undefined) return { generation: null, readsAuthorization: null };
  if (one === null) return { generation: null, readsAuthorization: false };
  const two = challengeError(await ask('Bearer not a-token'));
  if (one !== 'invalid_token' || two === undefined) {
    return { generation: null, readsAuthorization: true };
  }
  return { generation: two === null ? 2 : 3, readsAuthorization: true };
}

/** Starts a sentence. */
export function nameOf(generation: Generation): string {
  return generation === null ? 'The registry' : `The registry, Distribution ${generation},`;
}
