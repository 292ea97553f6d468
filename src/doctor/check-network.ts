/** Why there was no answer, for a person. */
import { hostOf } from './address.ts';
import type { Answer, Trouble } from './exchange.ts';
import { found, type Finding, type Step } from './finding.ts';
import type { TroubleKind } from './trouble.ts';

/** Who did not answer, and which setting says where it is. */
export interface Party {
  readonly step: Step;
  /** Starts a sentence. */
  readonly name: string;
  readonly whereFrom: string;
}

export const REGISTRY: Party = {
  step: 'registry',
  name: 'The registry',
  whereFrom: 'the URL that you gave (the registry serves on http.addr of its configuration)',
};

export const REALM: Party = {
  step: 'realm',
  name: 'The realm',
  whereFrom: 'auth.token.realm of the registry (it is <public_url>/token of wharfpass)',
};

type Words = readonly [sentence: string, remedy: string];

/** The trouble as a finding of the party's step. */
export function noAnswer(party: Party, { url, trouble, detail }: Trouble): Finding {
  const [sentence, remedy] = WORDS[trouble](party, url);
  return found(party.step, trouble, `${sentence} (${detail}).`, remedy);
}

const WORDS: Readonly<Record<TroubleKind, (party: Party, url: URL) => Words>> = {
  unreachable: ({ name, whereFrom }, url) => [
    `${name} cannot be reached: nothing takes connections at ${url.host}`,
    `Start it, let the firewall through, or correct host and port in ${whereFrom}.`,
  ],
  no_such_host: ({ name, whereFrom }, url) => [
    `${name} cannot be reached: the name ${hostOf(url)} is not known to this machine`,
    `Add it to DNS where the clients are, or correct it in ${whereFrom}.`,
  ],
  no_answer_in_time: ({ name, whereFrom }, url) => [
    `${name} gives no answer at ${url.host}`,
    `See whether it or a proxy in front of it hangs, whether a firewall swallows packets, and whether host and port in ${whereFrom} are right.`,
  ],
  no_http: ({ name, whereFrom }, url) => [
    `${name} does not speak HTTP at ${url.host}: the connection was cut, or what came is no HTTP`,
    `See what listens there, and correct the port in ${whereFrom}.`,
  ],
  tls_unknown_authority: ({ name }, url) => [
    `${name} at ${url.host} shows a certificate by an authority that this machine does not trust, or leaves out the certificates between`,
    `Have the proxy send the whole chain. For an authority of your own, give its certificate to every client (docker: /etc/docker/certs.d/${url.host}/ca.crt), and to the doctor with --ca.`,
  ],
  tls_expired: ({ name }, url) => [
    `${name} at ${url.host} shows a certificate that has ended or has not begun`,
    `Renew the certificate of the proxy or registry (http.tls.certificate), and compare the clock of this machine.`,
  ],
  tls_wrong_host: ({ name, whereFrom }, url) => [
    `${name} at ${url.host} shows a certificate for another name than ${hostOf(url)}`,
    `Get a certificate whose subjectAltName has ${hostOf(url)}, or use the name that it has in ${whereFrom}.`,
  ],
  tls_failed: ({ name }, url) => [
    `${name} at ${url.host} and this machine do not come to terms over TLS`,
    'See which protocol versions and ciphers the proxy allows, and whether it wants a client certificate (http.tls.clientcas).',
  ],
  http_to_tls_port: ({ name, whereFrom }, url) => [
    `${name} was spoken to in plain http, and ${url.host} takes only TLS`,
    `Write https:// in ${whereFrom}.`,
  ],
  tls_to_http_port: ({ name, whereFrom }, url) => [
    `${name} was spoken to in TLS, and ${url.host} speaks plain http`,
    `Switch TLS on there (http.tls, or a proxy in front), or name the port that has it in ${whereFrom}. Plain http:// is for a trial on one machine only.`,
  ],
};

/** Milliseconds: two weeks are enough to renew without haste. */
const NOTICE = 14 * 86_400_000;

/** A certificate that ends soon, and null for any other. */
export function endsSoon(party: Party, { url, certificateEnd, at }: Answer): Finding | null {
  if (certificateEnd === null || certificateEnd - at > NOTICE || certificateEnd < at) return null;
  const day = new Date(certificateEnd).toISOString().slice(0, 10);
  const sentence = `The certificate of ${url.host} ends on ${day}.`;
  return found(party.step, 'tls_ends_soon', sentence, 'Renew it before that day.');
}
