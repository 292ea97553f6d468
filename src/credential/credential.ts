import type { Secret } from './secret.ts';

/** What a request brought to prove who sends it, before anybody has looked whether it is true. */
export type Credential =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'basic'; readonly username: string; readonly secret: Secret }
  /** Of a refresh token grant (RFC 6749, section 6), which names no user. */
  | { readonly kind: 'refresh_token'; readonly secret: Secret };

export const anonymous: Credential = { kind: 'anonymous' };
