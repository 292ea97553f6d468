import type { Credential } from '../credential/credential.ts';
import type { Secret } from '../credential/secret.ts';
import type { AccessEntry } from '../signing/ports.ts';

/** A token request, decoded and not yet judged. Texts are as the client sent them. */
export interface TokenRequest {
  /** Names the request in the log and to the person whose request failed. */
  readonly id: string;
  readonly credential: Credential;
  readonly service: string | null;
  /** Values of all `scope` parameters. */
  readonly scopes: readonly string[];
  /** A refresh token is asked for (`offline_token`, `access_type=offline`). */
  readonly offline: boolean;
  /** For the log only: none of these proves anything. */
  readonly account: string | null;
  readonly clientId: string | null;
  readonly userAgent: string | null;
  readonly ip: string | null;
}

export interface IssuedToken {
  readonly kind: 'issued';
  readonly token: string;
  /** Whole seconds from now, at least 60. */
  readonly expiresIn: number;
  /** Milliseconds. */
  readonly issuedAt: number;
  readonly access: readonly AccessEntry[];
  /** True if anything that was asked for is not in the token. */
  readonly narrowed: boolean;
  /** null where none was asked for or none is given out. */
  readonly refreshToken: Secret | null;
}

/** The credential is not good for a token; `message` says why, for a person. */
export interface RefusedRequest {
  readonly kind: 'refused';
  readonly code: 'unauthorized' | 'login_required';
  readonly message: string;
}

export type TokenOutcome = IssuedToken | RefusedRequest;
