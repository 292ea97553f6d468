/** What `GET /v2/` without a credential says of a registry. */
import { bearerOf, readChallenges } from './challenge.ts';
import type { Answer } from './exchange.ts';
import { found, well, type Finding } from './finding.ts';
import { isHtml } from './quote.ts';

const step = 'registry';

/** A finding for everything but the 401 that a registry with authentication gives; null for that one. */
export function judgeRegistryAnswer(answer: Answer): Finding | null {
  const { url, status, headers } = answer;
  if (status === 401) return null;
  if (status >= 300 && status < 400) {
    const to = (headers.location ?? 'nowhere').slice(0, 200);
    return found(
      step,
      'registry_redirects',
      `${url.href} redirects (${status}) to ${to}. The doctor follows no redirect, and clients lose their credential at one.`,
      'Give the URL at the end of the redirect, and have clients use that name. A proxy must hand /v2/ to the registry and redirect nothing below it.',
    );
  }
  if (isHtml(answer)) {
    return found(
      step,
      'registry_html',
      `${url.href} answers with a page for people (HTML, status ${status}), not as a registry.`,
      'The proxy hands /v2/ to a web site or to its own error page: send /v2/ to the registry (http.addr), or correct the host.',
    );
  }
  if (status === 200) {
    return found(
      step,
      'registry_open',
      `${url.href} lets everybody in: it answers 200 without a token.`,
      'The registry has no auth.token section, or was started with another file. Add the section (docs/registries.md) and start it again.',
    );
  }
  if (status === 404) {
    return found(
      step,
      'registry_no_v2',
      `There is no registry at ${url.href}: it answers 404.`,
      'The path /v2/ must be at the root of the host. Correct the host or port, the rule of the proxy, or http.prefix of the registry.',
    );
  }
  return found(
    step,
    'registry_status',
    `${url.href} answers ${status}, where a registry with authentication answers 401.`,
    status >= 500
      ? 'The registry or the proxy before it fails: look at its log.'
      : 'A proxy or firewall in front of the registry answers in its place: let /v2/ through.',
  );
}

export interface Demand {
  readonly realm: URL;
  /** null: the challenge names none. */
  readonly service: string | null;
}

/** The challenge in a 401 of the registry: what it demands, if that can be followed. */
export function judgeChallenge({ headers, url }: Answer): {
  readonly demand: Demand | null;
  readonly findings: readonly Finding[];
} {
  const header = headers['www-authenticate'];
  const bearer = bearerOf(header);
  if (bearer === null) return { demand: null, findings: [noBearer(url, header)] };
  const realmText = bearer.parameters.get('realm') ?? '';
  if (!URL.canParse(realmText) || !/^https?:/.test(realmText)) {
    const sentence = `The challenge names no realm that is a URL: "${realmText.slice(0, 200)}".`;
    const remedy = 'Set auth.token.realm of the registry to https://<host>/token, whole.';
    return {
      demand: null,
      findings: [found('challenge', 'challenge_no_realm', sentence, remedy)],
    };
  }
  const realm = new URL(realmText);
  const service = bearer.parameters.get('service') ?? '';
  if (service === '') {
    const finding = found(
      'challenge',
      'challenge_no_service',
      `The registry sends clients to ${realm.href} and names no service.`,
      'Set auth.token.service of the registry to a service that wharfpass knows (service, services).',
    );
    return { demand: { realm, service: null }, findings: [finding] };
  }
  const sentence = `It wants a token of ${realm.href} for the service ${service}.`;
  return { demand: { realm, service }, findings: [well('challenge', sentence)] };
}

function noBearer(url: URL, header: string | undefined): Finding {
  const schemes = readChallenges(header).map(({ scheme }) => scheme);
  if (schemes.includes('basic')) {
    return found(
      'challenge',
      'challenge_basic',
      `${url.host} asks for a password of its own (Basic), not for a token (Bearer).`,
      'The registry has auth.htpasswd, or the proxy in front of it asks for passwords. Take that away and set auth.token (docs/registries.md).',
    );
  }
  return found(
    'challenge',
    'challenge_missing',
    `${url.host} answers 401 and does not say where tokens are given: WWW-Authenticate is missing or cannot be read.`,
    'A proxy takes the header away, or answers 401 by itself. Let WWW-Authenticate through (nginx: no proxy_hide_header for it).',
  );
}
