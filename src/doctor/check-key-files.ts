/** The files by which a registry knows the keys of the token server. */
import { X509Certificate } from 'node:crypto';
import { libtrustKeyId } from '../signing/fingerprint.ts';
import { found, type Finding } from './finding.ts';
import type { Known } from './known.ts';
import type { NamedFile } from './registry-configuration.ts';
import type { TokenText } from './token-text.ts';

const step = 'configuration';
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const HAND_OUT =
  'Copy ca.crt of wharfpass there (<public_url>/ca.crt, or `wharfpass keys export --format bundle`) and start the registry again.';

export function judgeBundle(file: NamedFile | null, known: Known): Finding[] {
  if (file === null) return [];
  if (file.text === null) return [cannotRead(file)];
  const blocks = file.text.match(CERTIFICATE) ?? [];
  const certificates = blocks.flatMap((pem) => parse(pem) ?? []);
  if (certificates.length === 0 || certificates.length < blocks.length) {
    const what =
      blocks.length === 0
        ? 'holds no CERTIFICATE block'
        : 'holds a certificate that cannot be read';
    const sentence = `${file.path} (rootcertbundle) ${what}: the registry does not start with it.`;
    return [found(step, 'bundle_empty', sentence, HAND_OUT)];
  }
  return [...judgeEd25519(file, certificates, known), ...judgeTrust(file, certificates, known)];
}

function cannotRead({ path, trouble }: NamedFile): Finding {
  if (trouble === 'ENOENT') {
    const sentence = `There is no ${path}, which rootcertbundle names: the registry does not start.`;
    return found(step, 'bundle_missing', sentence, HAND_OUT);
  }
  const sentence = `${path} (rootcertbundle) cannot be read (${trouble}).`;
  const remedy =
    'Let the user of the registry read it, and enter the folders above it: it is public, mode 0644.';
  return found(step, 'bundle_unreadable', sentence, remedy);
}

function parse(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

function judgeEd25519(
  { path }: NamedFile,
  certificates: readonly X509Certificate[],
  { kind }: Known,
): Finding[] {
  const has = certificates.some(({ publicKey }) => publicKey.asymmetricKeyType === 'ed25519');
  if (!has || kind.generation === 3) return [];
  const sentence = `${path} holds an Ed25519 certificate. Distribution 2 does not start with one in its bundle.`;
  return [
    found(step, 'bundle_ed25519', sentence, 'Take it out of the file. wharfpass needs none there.'),
  ];
}

function judgeTrust(
  file: NamedFile,
  certificates: readonly X509Certificate[],
  { token, authority, kind, now }: Known,
): Finding[] {
  if (token !== null && !token.hasChain && token.kid !== null) {
    return kind.generation === 2 ? judgeKid(file, certificates, token.kid) : [];
  }
  const leaf = token?.certificate ?? null;
  const trusted = certificates.filter((each) =>
    leaf === null ? authority?.fingerprint256 === each.fingerprint256 : vouches(each, leaf),
  );
  if (trusted.length === 0) {
    if (leaf === null && authority === null) return [];
    const who = authority === null ? leaf?.issuer.replaceAll('\n', ', ') : authority.fingerprint256;
    const sentence = `${file.path} (rootcertbundle) does not hold the authority that signs the tokens (${who}): the registry refuses them all.`;
    return [found(step, 'bundle_mismatch', sentence, HAND_OUT)];
  }
  if (trusted.some(({ validTo }) => Date.parse(validTo) > now)) return [];
  const sentence = `The authority in ${file.path} (rootcertbundle) ended on ${trusted[0]?.validTo}.`;
  return [found(step, 'bundle_expired', sentence, `Renew it (docs/keys.md). ${HAND_OUT}`)];
}

function vouches(authority: X509Certificate, leaf: X509Certificate): boolean {
  if (authority.fingerprint256 === leaf.fingerprint256) return true;
  return leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
}

function judgeKid(
  { path }: NamedFile,
  certificates: readonly X509Certificate[],
  kid: string,
): Finding[] {
  if (certificates.some(({ publicKey }) => libtrustKeyId(publicKey) === kid)) return [];
  const sentence = `${path} (rootcertbundle) does not hold the key ${kid} of the token, which comes without a certificate.`;
  const remedy =
    'Give the registry the file of `wharfpass keys export --format bundle` after every rotation and start it again; or set services.<name>.header of wharfpass to x5c.';
  return [found(step, 'bundle_lacks_key', sentence, remedy)];
}

export function judgeJwks(file: NamedFile | null, { token, kind }: Known): Finding[] {
  if (file === null) return [];
  if (kind.generation === 2) {
    const sentence = 'auth.token.jwks is set, and Distribution 2 does not know it.';
    return [found(step, 'config_jwks_ignored', sentence, 'Use rootcertbundle, or Distribution 3.')];
  }
  const ids = file.text === null ? null : keyIds(file.text);
  if (ids === null) {
    const why = file.text === null ? `cannot be read (${file.trouble})` : 'is no JSON Web Key Set';
    const remedy = 'Make it with `wharfpass keys export --format jwks`, readable for the registry.';
    return [found(step, 'jwks_unreadable', `${file.path} (jwks) ${why}.`, remedy)];
  }
  return lacksKey(file, ids, token);
}

function lacksKey({ path }: NamedFile, ids: readonly string[], token: TokenText | null): Finding[] {
  if (token === null || token.hasChain || token.kid === null || ids.includes(token.kid)) return [];
  const sentence = `${path} (jwks) does not have the key ${token.kid} that signs now.`;
  const remedy =
    'Give the registry the file of `wharfpass keys export --format jwks` anew and start it again: it reads it once.';
  return [found(step, 'jwks_lacks_key', sentence, remedy)];
}

function keyIds(text: string): readonly string[] | null {
  try {
    const { keys } = JSON.parse(text) as { keys?: unknown };
    if (!Array.isArray(keys)) return null;
    return (keys as { kid?: unknown }[]).map(({ kid }) => String(kid));
  } catch {
    return null;
  }
}
