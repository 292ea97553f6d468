/** Why a registry refuses a token: it says no more than `invalid_token`, so the causes are told apart by what is known. */
import type { X509Certificate } from 'node:crypto';
import { found, type Code, type Finding } from './finding.ts';
import { nameOf, type RegistryKind } from './generation.ts';
import { kidForm, type TokenText } from './token-text.ts';

const step = 'trust';

export interface Refusal {
  readonly token: TokenText;
  readonly kind: RegistryKind;
  /** The `error` with which the token was refused. */
  readonly error: string | null;
  /** By the registry's clock, in milliseconds since the epoch; null where it does not say. */
  readonly registryTime: number | null;
  /**
   * Whether the registry knows the signing key. Distribution 3 leaves `error` out for a broken signature by a key that
   * it knows. null: cannot be told.
   */
  readonly keyKnown: boolean | null;
  /** What the registry's configuration file was found to have wrong. */
  readonly configured: ReadonlySet<Code>;
  /** The authority of the wharfpass behind the realm; null where it is not known. */
  readonly authority: X509Certificate | null;
}

export function judgeRefusal(refusal: Refusal): Finding {
  const { kind, error, configured, keyKnown, token } = refusal;
  if (error === null && kind.readsAuthorization === false) return strippedHeader();
  const dates = judgeCertificateDates(refusal);
  if (dates !== null) return dates;
  const named = NAMED.find((code) => configured.has(code));
  if (named !== undefined) {
    const sentence = `${nameOf(kind.generation)} refuses the token, for what is wrong in its configuration.`;
    return found(
      step,
      named,
      sentence,
      'Mend what stands under configuration, and start the registry again.',
    );
  }
  if (keyKnown === true) return issuerMismatch(refusal);
  if (!token.hasChain) return kidMismatch(refusal);
  if (keyKnown === false) return bundleMismatch(refusal);
  return refused(refusal);
}

/** What the file shows to be the cause; everything else in it is another matter. */
const NAMED: readonly Code[] = ['issuer_mismatch', 'bundle_mismatch'];

function strippedHeader(): Finding {
  return found(
    step,
    'authorization_stripped',
    'The registry answers a token as if none had been sent: the Authorization header does not reach it.',
    'The proxy before the registry takes the header away or puts its own in its place. Let Authorization through unchanged.',
  );
}

function judgeCertificateDates({ token, registryTime }: Refusal): Finding | null {
  const { certificate } = token;
  if (certificate === null || registryTime === null) return null;
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (registryTime >= from && registryTime <= to) return null;
  return found(
    step,
    'certificate_dates',
    `The certificate in the token is good from ${certificate.validFrom} to ${certificate.validTo}, and the registry's clock says ${new Date(registryTime).toUTCString()}. A registry allows no difference there.`,
    'Set both clocks right (NTP). If they are, see why wharfpass does not renew its certificate: `wharfpass keys list`.',
  );
}

function issuerMismatch({ token, kind }: Refusal): Finding {
  return found(
    step,
    'issuer_mismatch',
    `${nameOf(kind.generation)} knows the key and refuses the token: it expects another issuer than ${token.issuer ?? 'none'}.`,
    `Set auth.token.issuer of the registry to ${token.issuer ?? 'the issuer of wharfpass'}, or issuer of wharfpass to what the registry has.`,
  );
}

function fingerprintWords(authority: X509Certificate | null): string {
  return authority === null ? '' : ` Its SHA-256 fingerprint is ${authority.fingerprint256}.`;
}

const HAND_OUT =
  'Give the registry the ca.crt of this wharfpass as auth.token.rootcertbundle (<public_url>/ca.crt, or `wharfpass keys export --format bundle`) and start it again: it reads the file once.';

function bundleMismatch({ token, kind, authority }: Refusal): Finding {
  const signer = token.certificate?.issuer ?? 'unknown';
  return found(
    step,
    'bundle_mismatch',
    `${nameOf(kind.generation)} does not trust the authority that signed the token (${signer.replaceAll('\n', ', ')}).${fingerprintWords(authority)}`,
    kind.generation === 3
      ? `${HAND_OUT} A registry with jwks alone takes no chain: set services.<name>.header of wharfpass to kid-jwks.`
      : HAND_OUT,
  );
}

function kidMismatch({ token, kind: { generation } }: Refusal): Finding {
  const form = kidForm(token.kid ?? '');
  const forms = { libtrust: 'libtrust', thumbprint: 'RFC 7638', other: 'unknown' };
  const about = `The token names its key by id only (${token.kid ?? 'none'}, ${forms[form]} form)`;
  const settings = 'services.<name>.header of wharfpass';
  if (generation === 2 && form !== 'libtrust') {
    const sentence = `${about}, and the registry is Distribution 2, which knows keys by libtrust id.`;
    const remedy = `Set ${settings} to x5c, which every Distribution takes with ca.crt; or to kid-libtrust, with the bundle of \`wharfpass keys export --format bundle\`.`;
    return found(step, 'kid_mismatch', sentence, remedy);
  }
  if (generation === 3 && form === 'libtrust') {
    const sentence = `${about}, and the registry is Distribution 3, which knows keys by RFC 7638 thumbprint, or by the kid in its jwks file.`;
    const remedy = `Set ${settings} to x5c with ca.crt as auth.token.rootcertbundle, or to kid-jwks with the file of \`wharfpass keys export --format jwks\` as auth.token.jwks.`;
    return found(step, 'kid_mismatch', sentence, remedy);
  }
  const file = generation === 2 ? 'bundle' : 'jwks';
  return found(
    step,
    'kid_mismatch',
    `${about}, and ${generation === null ? 'the registry' : `the registry, Distribution ${generation},`} most likely does not have that key.`,
    `Give the registry the file of \`wharfpass keys export --format ${file}\` anew and start it again, as after every rotation; or set ${settings} to x5c. If it has the key, compare auth.token.issuer with ${token.issuer ?? 'the issuer'}.`,
  );
}

function refused({ token, kind, authority }: Refusal): Finding {
  return found(
    step,
    'token_refused',
    `${nameOf(kind.generation)} refuses the token and does not say why. Service, dates and form are right, so it is the issuer or the bundle. The token is of ${token.issuer ?? 'no issuer'}.${fingerprintWords(authority)}`,
    `Compare auth.token.issuer with ${token.issuer ?? 'issuer of wharfpass'}. ${HAND_OUT} With --registry-config the doctor compares both.`,
  );
}
