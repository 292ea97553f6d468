/** The whole way of a client, from the registry's URL to a repository. Start reading here. */
import type { Clock } from '../clock.ts';
import { Secret } from '../credential/secret.ts';
import type { Credential } from './ask-token.ts';
import { judgeClocks } from './check-clock.ts';
import { judgeConfiguration } from './check-configuration.ts';
import type { Demand } from './check-registry.ts';
import { judgeToken } from './check-token.ts';
import { createSend } from './exchange.ts';
import { found, type Code, type Finding } from './finding.ts';
import type { Line } from './line.ts';
import { judgeLocal, type LocalServer } from './local-server.ts';
import { probeFallback, probeRefresh } from './probe-habits.ts';
import { probeLogin, withheld } from './probe-login.ts';
import { probeRealm, type RealmSeen } from './probe-realm.ts';
import { probeRegistry, type RegistrySeen } from './probe-registry.ts';
import { probeRepository, type WantedRepository } from './probe-repository.ts';
import { probeLongHeader, probeTrust } from './probe-trust.ts';
import type { RegistryConfiguration } from './registry-configuration.ts';

export interface WalkOptions {
  /** The root of the registry: https://registry.example.com */
  readonly registry: URL;
  readonly credential: Credential | null;
  readonly repository: WantedRepository | null;
  /** Go on over plain HTTP and in spite of bad certificates. */
  readonly insecure: boolean;
  /** Also make one login with a wrong password, which the server logs. */
  readonly deep: boolean;
  /** Milliseconds that each exchange may take. */
  readonly deadline: number;
  /** PEM certificates that vouch for servers; undefined: those of Node.js. */
  readonly authorities: readonly string[] | undefined;
  readonly configuration: RegistryConfiguration | null;
  /** The wharfpass of this machine; null where there is none. */
  readonly local: LocalServer | null;
  readonly clock: Clock;
  /** A secret that is nobody's. */
  readonly wrongSecret: () => string;
}

/** A repository that nobody has, for the question whether anybody gets a token at all. */
const NOBODYS = 'wharfpass-doctor/none';
/** Bytes: the default of token.max_size. */
const LONGEST_TOKEN = 8000;

/** Resolves to every finding in the order of the way; never rejects for what registry, realm or network do. */
export async function walk(options: WalkOptions): Promise<Finding[]> {
  const { registry, configuration, local } = options;
  const line = createLine(options);
  const seen = await probeRegistry(line, registry);
  if (seen.demand === null) {
    const now = options.clock.now();
    const known = { token: null, authority: local?.authority ?? null, now, ...seen };
    const file = configuration === null ? [] : judgeConfiguration(configuration, known);
    return [...seen.findings, ...file];
  }
  const realm = await probeRealm(line, {
    registry,
    demand: seen.demand,
    repository: options.repository?.name ?? NOBODYS,
    publicUrl: local?.publicUrl,
  });
  const walked = await follow(line, options, { ...seen, demand: seen.demand }, realm);
  return [...seen.findings, ...realm.findings, ...walked];
}

function createLine({ deadline, authorities, clock, insecure }: WalkOptions): Line {
  const trusted = new Set<string>();
  const verifies = (origin: string): boolean => !trusted.has(origin);
  const send = createSend({ deadline, authorities, clock, verifies });
  return { send, insecure, goOnWith: (origin) => void trusted.add(origin) };
}

type Seen = RegistrySeen & { readonly demand: Demand };

/** What comes after the realm has been seen. */
async function follow(
  line: Line,
  options: WalkOptions,
  seen: Seen,
  realm: RealmSeen,
): Promise<Finding[]> {
  const { registry, credential, configuration, local } = options;
  const { demand } = seen;
  const login = realm.usable ? await logIn(line, options, demand) : null;
  const token = login?.token ?? realm.token;
  const authority = realm.authority ?? local?.authority ?? null;
  const now = options.clock.now();
  const known = { kind: seen.kind, demand, token: token?.text ?? null, authority, now };
  const file = configuration === null ? [] : judgeConfiguration(configuration, known);
  const findings = [...judgeLocal(local, demand, realm.authority), ...(login?.findings ?? [])];
  if (token !== null) findings.push(...judgeToken(token, demand.service));
  findings.push(...file);
  const clock = judgeClocks(seen.clocks, token);
  const said = codesOf([...findings, ...clock]);
  const told = said.has('service_mismatch') || said.has('clock_difference');
  const trusting = { kind: seen.kind, configured: codesOf(file), authority };
  const trust =
    token === null ? noTrust(realm) : await probeTrust(line.send, registry, token, trusting);
  if (trust !== null && (trust.verdict === 'ok' || !told)) findings.push(trust);
  const longest = local?.maxTokenSize ?? LONGEST_TOKEN;
  findings.push(await probeLongHeader(line.send, registry, longest), ...clock);
  const loggedIn = credential === null || (login !== null && login.token !== null);
  if (!loggedIn) return findings;
  return [...findings, ...(await probeUse(line, options, demand, trust?.verdict === 'ok'))];
}

const codesOf = (findings: readonly Finding[]): Set<Code> =>
  new Set(findings.flatMap(({ code }) => (code === null ? [] : [code])));

async function logIn(line: Line, { registry, credential }: WalkOptions, demand: Demand) {
  if (credential === null) return null;
  const refusal = withheld(line, registry, demand);
  if (refusal !== null) return { token: null, findings: [refusal] };
  return probeLogin(line, demand, credential);
}

function noTrust({ usable }: RealmSeen): Finding | null {
  if (!usable) return null;
  return found(
    'trust',
    'trust_unknown',
    'Without a token it cannot be seen whether the registry trusts the token server.',
    'Give a good credential: --user with --password-stdin or --token-file.',
  );
}

async function probeUse(line: Line, options: WalkOptions, demand: Demand, trusted: boolean) {
  const { registry, credential, repository: wanted, deep, wrongSecret } = options;
  const { send } = line;
  const findings: (Finding | null)[] = [];
  if (wanted !== null && trusted) {
    findings.push(await probeRepository(send, { registry, demand, credential, wanted }));
  }
  if (credential !== null) findings.push(await probeRefresh(send, demand, credential));
  if (deep) {
    const username = credential?.username ?? 'wharfpass-doctor';
    const wrong = { username, secret: new Secret(wrongSecret()) };
    findings.push(await probeFallback(send, demand, wrong));
  }
  return findings.filter((finding) => finding !== null);
}
