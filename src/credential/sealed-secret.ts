/**
 * Secrets that must be shown again: the automatic deploy token's, which every job of its project is handed (AUTO-20).
 * AES-256-GCM (NIST SP 800-38D) under a key that the store does not hold, bound to the project, so that a sealed secret
 * that is moved to another project opens nothing there.
 */
import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import { AppError } from '../errors.ts';
import { Secret } from './secret.ts';

export interface SealedSecrets {
  /** `v1.<key>.<nonce>.<ciphertext and tag>`, in base64url; `<key>` tells which key sealed it, and nothing of the key. */
  seal(secret: Secret, projectId: number): string;
  /** Throws AppError `internal`, saying why, where this key did not seal exactly this for exactly this project. */
  open(sealed: string, projectId: number): Secret;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** Random ones are safe for 2^32 secrets under one key (SP 800-38D, section 8.3). */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORM = /^v1\.([\w-]{8})\.([\w-]{16})\.([\w-]+)$/;

const boundTo = (projectId: number): Buffer => Buffer.from(`deploy_token:${projectId}`, 'utf8');

function fault(projectId: number, why: string): AppError {
  const message = `The sealed secret of project ${projectId}'s automatic deploy token ${why}. Rotating the token mends it.`;
  return new AppError('internal', message);
}

/** @param key 32 bytes, kept in the keys folder */
export function createSealedSecrets(key: Buffer): SealedSecrets {
  if (key.length !== KEY_BYTES) throw new RangeError('the key that seals secrets has 32 bytes');
  const keyName = hash('sha256', Buffer.concat([Buffer.from('seal '), key]), 'base64url').slice(
    0,
    8,
  );
  return {
    seal(secret, projectId) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(boundTo(projectId));
      const body = Buffer.concat([
        cipher.update(secret.reveal(), 'utf8'),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return ['v1', keyName, nonce.toString('base64url'), body.toString('base64url')].join('.');
    },
    open(sealed, projectId) {
      const [, sealedBy, nonce = '', text = ''] = FORM.exec(sealed) ?? [];
      const body = Buffer.from(text, 'base64url');
      if (sealedBy === undefined || body.length <= TAG_BYTES) throw fault(projectId, 'is damaged');
      if (sealedBy !== keyName) throw fault(projectId, 'was sealed with another key than ours');
      const decipher = createDecipheriv(CIPHER, key, Buffer.from(nonce, 'base64url'), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(boundTo(projectId));
      decipher.setAuthTag(body.subarray(-TAG_BYTES));
      try {
        const secret = decipher.update(body.subarray(0, -TAG_BYTES), undefined, 'utf8');
        return new Secret(secret + decipher.final('utf8'));
      } catch {
        throw fault(projectId, 'is damaged, or is not the one of this project');
      }
    },
  };
}
