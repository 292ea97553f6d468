/** What a change of the world needs; each function names the part that it uses. */
import type { Clock } from '../clock.ts';
import type { SealedSecrets } from '../credential/sealed-secret.ts';
import type { SecretHash } from '../credential/secret-hash.ts';
import type { Settings } from '../settings/schema.ts';
import type { ExtendedTokenSigner, JobTokenSigner } from '../signing/ports.ts';
import type { Store } from '../store/ports.ts';

export interface LifecycleDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly secretHash: SecretHash;
  readonly sealedSecrets: SealedSecrets;
  readonly jobTokens: JobTokenSigner;
  readonly extendedTokens: ExtendedTokenSigner;
  readonly settings: Settings;
}
