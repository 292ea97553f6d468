/** What the rest of wharfpass knows of signing. */

/** How a registry finds the key that verifies a token; see docs/registries.md. */
export type HeaderForm = 'x5c' | 'kid-jwks' | 'kid-libtrust';
export type SigningAlgorithm = 'ES256' | 'RS256' | 'PS256' | 'EdDSA';

/** One entry of the `access` claim (Distribution, "Token Authentication Specification"). */
export interface AccessEntry {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** The claims of a registry token. Times are whole seconds since the epoch. */
export interface RegistryClaims {
  readonly iss: string;
  /** '' for anonymous callers. */
  readonly sub: string;
  /** One string, never a list: Distribution 2.8 refuses a list. */
  readonly aud: string;
  readonly exp: number;
  readonly nbf: number;
  readonly iat: number;
  readonly jti: string;
  readonly access: readonly AccessEntry[];
}

export interface RegistrySigner {
  /** Signs off the event loop; resolves to a compact JWS with the header form asked for. */
  sign(claims: RegistryClaims, form: HeaderForm): Promise<string>;
}

export interface RegistryTokenVerifier {
  /** null: malformed, badly signed, not ours, or not good at `now` (milliseconds). Never throws for bad input. */
  verify(jwt: string, now: number): Promise<RegistryClaims | null>;
}

/** Claims of a job token, which the registry never sees. Another key, another `typ`, another audience. */
export interface JobTokenClaims {
  readonly jobId: number;
  readonly projectId: number;
  readonly userId: number;
  /** Whole seconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Permission name → project ids; `'*'`: any project, where live policy decides. */
  readonly scope: Readonly<Record<string, readonly number[] | '*'>>;
}

/** Claims of an extended job token (EXT-02, EXT-11): of its own `typ`, so that neither token stands in for the other. */
export interface ExtendedTokenClaims {
  readonly jobId: number;
  readonly projectId: number;
  readonly userId: number;
  /** The keyed hash of the job's ordinary token, by which the live check finds the job. It is no secret. */
  readonly jobKey: string;
  /** Whole seconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Signs and checks extended job tokens, without the kind's prefix; as JobTokenSigner does. */
export interface ExtendedTokenSigner {
  sign(claims: ExtendedTokenClaims): Promise<string>;
  verify(jwt: string, now: number): Promise<ExtendedTokenClaims | null>;
}

/** Signs and checks the JWT form of job tokens, without the kind's prefix. */
export interface JobTokenSigner {
  sign(claims: JobTokenClaims): Promise<string>;
  /**
   * null: malformed, badly signed, not ours, or past its `exp` at `now` (milliseconds). Never throws for bad input.
   *
   * @param options.expired `allow`: `exp` is the caller's to judge, since the password of an ended job may read longer
   */
  verify(
    jwt: string,
    now: number,
    options?: { readonly expired: 'refuse' | 'allow' },
  ): Promise<JobTokenClaims | null>;
}
