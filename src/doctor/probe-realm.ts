/** Steps realm and server: the token server behind the realm, asked as nobody. */
import { X509Certificate } from 'node:crypto';
import { serverBaseOf } from './address.ts';
import { tokenGet } from './ask-token.ts';
import { REALM } from './check-network.ts';
import { judgeRealmAnswer } from './check-realm-answer.ts';
import { judgePublicUrl, judgeRealmUrl } from './check-realm.ts';
import type { Demand } from './check-registry.ts';
import { judgeReadiness } from './check-server.ts';
import { tokenOf, type GivenToken } from './check-token.ts';
import type { Answer, Send } from './exchange.ts';
import { found, hasFault, well, type Finding } from './finding.ts';
import { reach, type Line } from './line.ts';
import { reasonOf } from './quote.ts';

export interface RealmSeen {
  readonly findings: readonly Finding[];
  /** Whether it is of use to ask for tokens. */
  readonly usable: boolean;
  /** A token that nobody in particular was given; null where nobody is given one. */
  readonly token: GivenToken | null;
  /** The authority that the wharfpass there shows; null where it shows none. */
  readonly authority: X509Certificate | null;
}

export interface RealmOptions {
  readonly registry: URL;
  readonly demand: Demand;
  /** Asked for as nobody. */
  readonly repository: string;
  readonly publicUrl: string | undefined;
}

export async function probeRealm(line: Line, options: RealmOptions): Promise<RealmSeen> {
  const { registry, demand, repository, publicUrl } = options;
  const url = [
    ...judgeRealmUrl(registry, demand.realm),
    ...judgePublicUrl(demand.realm, publicUrl),
  ];
  const ask = { credential: null, scopes: [`repository:${repository}:pull`] };
  const reached = await reach(line, REALM, tokenGet(demand, ask));
  const before = [...url, ...reached.findings];
  const { answer } = reached;
  if (answer === null) return { findings: before, usable: false, token: null, authority: null };
  const server = await probeServer(line.send, demand.realm);
  const hint =
    answer.status === 200 || answer.status === 401
      ? null
      : await realmHint(line.send, demand.realm);
  const wrong =
    judgeRealmAnswer(answer, hint) ??
    (answer.status === 400 ? await judgeBadRequest(line.send, demand, answer, ask.scopes) : null);
  const told = wrong === null ? describe(before, demand) : [wrong];
  return {
    findings: [...before, ...told, ...server.findings],
    usable: wrong === null || wrong.code === 'realm_busy',
    token: tokenOf(answer),
    authority: server.authority,
  };
}

function describe(before: readonly Finding[], { realm }: Demand): Finding[] {
  if (hasFault(before)) return [];
  return [well('realm', `${realm.origin}${realm.pathname} answers, and redirects nobody.`)];
}

/** A 400 that goes away without the service is about the service. */
async function judgeBadRequest(
  send: Send,
  demand: Demand,
  answer: Answer,
  scopes: readonly string[],
): Promise<Finding> {
  const said = reasonOf(answer);
  const because = said === '' ? '' : ` It says: ${said}`;
  const without = await send(tokenGet({ ...demand, service: null }, { credential: null, scopes }));
  const aboutService = without.kind === 'answer' && without.status !== 400;
  if (demand.service !== null && aboutService) {
    return found(
      'realm',
      'service_unknown',
      `The token server does not know the service ${demand.service} that the registry names.${because}`,
      `Add ${demand.service} to services of wharfpass, or set auth.token.service of the registry to a name that is there.`,
    );
  }
  const sentence = `${demand.realm.origin}${demand.realm.pathname} answers 400 to a request as every client makes it.${because}`;
  const remedy = 'See what stands there, and whether a proxy cuts the query.';
  return found('realm', 'realm_status', sentence, remedy);
}

/** What a wharfpass at the root of the realm's host calls its realm; null where there is none. */
async function realmHint(send: Send, realm: URL): Promise<string | null> {
  const exchange = await send({ url: new URL('/', realm) });
  if (exchange.kind === 'trouble' || exchange.status !== 200) return null;
  const named = /^wharfpass[^\n]*\nrealm: (\S{1,300})$/m.exec(exchange.text)?.[1];
  return named ?? null;
}

async function probeServer(send: Send, realm: URL) {
  const base = serverBaseOf(realm) ?? realm.origin;
  const ready = await send({ url: new URL(`${base}/readyz`) });
  const finding = ready.kind === 'answer' ? judgeReadiness(ready) : null;
  if (finding === null) return { findings: [], authority: null };
  const ca = await send({ url: new URL(`${base}/ca.crt`) });
  const authority = ca.kind === 'answer' && ca.status === 200 ? certificateOf(ca.text) : null;
  return { findings: [finding], authority };
}

export function certificateOf(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}
