/** What is known when a registry's configuration is judged. */
import type { X509Certificate } from 'node:crypto';
import type { Demand } from './check-registry.ts';
import type { RegistryKind } from './generation.ts';
import type { TokenText } from './token-text.ts';

export interface Known {
  readonly kind: RegistryKind;
  /** What the running registry demands; null where it was not reached. */
  readonly demand: Demand | null;
  readonly token: TokenText | null;
  /** The authority of the token server; null where it is not known. */
  readonly authority: X509Certificate | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}
