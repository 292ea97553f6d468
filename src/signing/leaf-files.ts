import { createHash, createPublicKey } from 'node:crypto';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { BACKDATE, loadIssuer, type Authority } from './authority.ts';
import { makeLeafCertificate } from './certificate.ts';
import { jwkThumbprint } from './fingerprint.ts';
import type { KeyFolder } from './key-folder.ts';
import { generateSigningKey, toMarkedPem } from './key-pair.ts';
import { leafFile, leafNumber, parseLeaf, type Leaf } from './leaf.ts';
import { inOrder, signsUntil, type Schedule } from './leaf-schedule.ts';

export interface LeafFiles {
  /** In order of their turn. */
  readonly leaves: readonly Leaf[];
  /** What is wrong with the others, one sentence each. */
  readonly faults: readonly string[];
  /** The highest number that a file of the folder has; 0 where there is none. */
  readonly highest: number;
}

/** Reads every leaf of the folder. `known` spares parsing a file that has not changed. */
export async function readLeaves(
  folder: KeyFolder,
  authority: Authority,
  known: Map<string, Leaf | string>,
): Promise<LeafFiles> {
  const files = (await folder.names()).filter((name) => leafNumber(name) !== null);
  const leaves: Leaf[] = [];
  const faults: string[] = [];
  const seen = new Map<string, Leaf | string>();
  for (const file of files) {
    const text = await folder.read(file);
    // Another process may have removed it since the folder was listed.
    if (text === null) continue;
    const key = createHash('sha256').update(`${file}\n${authority.pem}\n${text}`).digest('hex');
    const leaf = known.get(key) ?? parseLeaf(file, text, authority);
    seen.set(key, leaf);
    if (typeof leaf === 'string') faults.push(join(folder.path, leaf));
    else leaves.push(leaf);
  }
  known.clear();
  for (const [key, leaf] of seen) known.set(key, leaf);
  return { leaves: inOrder(leaves), faults, highest: Math.max(0, ...files.map(numberOf)) };
}

function numberOf(file: string): number {
  return leafNumber(file) ?? 0;
}

interface LeafOrder {
  /** One more than the highest that was there when the leaf was found to be due, so that of several makers one wins. */
  readonly number: number;
  readonly schedule: Schedule;
  /** Milliseconds since the epoch. */
  readonly activeFrom: number;
  /** Gives this leaf's key a new certificate; null makes a new key. */
  readonly sameKeyAs: Leaf | null;
}

/** Makes a leaf. Resolves to its file's name, or null if another process took the number before. */
export async function issueLeaf(
  folder: KeyFolder,
  authority: Authority,
  order: LeafOrder,
): Promise<string | null> {
  const { number, schedule, activeFrom, sameKeyAs } = order;
  const issuer = await loadIssuer(folder, authority);
  const privateKey = sameKeyAs?.privateKey ?? (await generateSigningKey(schedule.algorithm));
  const keyId = jwkThumbprint(privateKey.export({ format: 'jwk' }));
  const notBefore = activeFrom - BACKDATE;
  const notAfter = Math.min(activeFrom + schedule.leafLifetime, authority.notAfter);
  if (signsUntil({ notAfter }, schedule) <= activeFrom) {
    const end = new Date(authority.notAfter).toISOString();
    throw new AppError(
      'internal',
      `${join(folder.path, 'ca.crt')} ends on ${end}: too soon to sign with. Remove it, start again to have a new ` +
        'one made from the same ca.key, and give that to every registry.',
    );
  }
  const certificate = await makeLeafCertificate({
    commonName: `wharfpass token signer ${keyId.slice(0, 8)}`,
    publicKey: createPublicKey(privateKey),
    issuer,
    notBefore,
    notAfter,
  });
  const file = leafFile(number);
  return (await folder.publish(file, toMarkedPem(privateKey, schedule.algorithm) + certificate))
    ? file
    : null;
}
