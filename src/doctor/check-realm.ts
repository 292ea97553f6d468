/** The realm's URL as clients judge it, before anything is sent there. */
import { isIpLiteral, isLoopback } from './address.ts';
import { found, type Finding } from './finding.ts';

const step = 'realm';

/** @param registry the URL by which the registry was reached */
export function judgeRealmUrl(registry: URL, realm: URL): Finding[] {
  const findings: Finding[] = [];
  if (realm.protocol === 'http:' && registry.protocol === 'https:') {
    findings.push(
      found(
        step,
        'realm_http',
        `The realm ${realm.href} is plain http, and the registry is https. Passwords would travel unencrypted, and several clients refuse it.`,
        `Set auth.token.realm of the registry to the https address, and public_url of wharfpass to https://${realm.host} or its proxy.`,
      ),
    );
  } else if (realm.protocol === 'http:' && !isLoopback(realm)) {
    findings.push(
      found(
        step,
        'realm_http',
        `The realm ${realm.href} is plain http on a network: whoever is on the way reads every password.`,
        'Put a proxy with TLS in front of wharfpass, and set public_url and auth.token.realm to its https address.',
      ),
    );
  }
  if (isLoopback(realm) && !isLoopback(registry)) {
    findings.push(
      found(
        step,
        'realm_loopback',
        `The realm ${realm.href} is the machine of whoever reads it: clients elsewhere ask themselves for a token.`,
        'Set auth.token.realm of the registry to a name that the clients reach, and public_url of wharfpass to match.',
      ),
    );
  } else if (isIpLiteral(realm) && realm.host !== registry.host) {
    findings.push(
      found(
        step,
        'realm_ip_literal',
        `The realm ${realm.href} is a bare IP address. crane, kaniko and ko refuse a private one.`,
        'Set auth.token.realm of the registry to a name; on one machine, localhost.',
      ),
    );
  }
  if (realm.pathname.length > 1 && realm.pathname.endsWith('/')) {
    const short = realm.href.replace(/\/+($|\?)/, '$1');
    findings.push(
      found(
        step,
        'realm_trailing_slash',
        `The realm ${realm.href} ends with a slash. wharfpass takes it, but proxies may redirect it or answer 404.`,
        `Set auth.token.realm of the registry to ${short}.`,
      ),
    );
  }
  return findings;
}

/** @param publicUrl of the settings on this machine */
export function judgePublicUrl(realm: URL, publicUrl: string | undefined): Finding[] {
  if (publicUrl === undefined) return [];
  const expected = `${publicUrl.replace(/\/+$/, '')}/token`;
  if (new URL(expected).href === realm.href.replace(/\/+$/, '')) return [];
  return [
    found(
      step,
      'realm_not_public_url',
      `The registry names ${realm.href}, and the settings here say ${expected} (public_url).`,
      'Where both lead to this wharfpass all is well; otherwise make auth.token.realm and public_url agree.',
    ),
  ];
}
