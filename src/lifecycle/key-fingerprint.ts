import { Secret } from '../credential/secret.ts';
import type { SecretHash } from '../credential/secret-hash.ts';

/** No token: none holds a space. */
const KNOWN = 'the key of wharfpass’ secret hash';

/** Tells one key of the secret hash from another, and nothing of either: the hash of a text that everybody knows. */
export const keyFingerprint = (secretHash: SecretHash): string => secretHash(new Secret(KNOWN));
