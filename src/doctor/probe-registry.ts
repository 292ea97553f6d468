/** Steps registry and challenge: who is there, and where it sends us. */
import { judgeChallenge, judgeRegistryAnswer, type Demand } from './check-registry.ts';
import { readDate, type Clocks } from './check-clock.ts';
import { REGISTRY } from './check-network.ts';
import { isPrivateLine } from './address.ts';
import type { Answer } from './exchange.ts';
import { found, well, type Finding } from './finding.ts';
import { probeKind, type RegistryKind } from './generation.ts';
import { reach, type Line } from './line.ts';

export interface RegistrySeen {
  readonly findings: readonly Finding[];
  /** null: the walk ends here. */
  readonly demand: Demand | null;
  readonly kind: RegistryKind;
  readonly clocks: Clocks;
}

const UNKNOWN: RegistryKind = { generation: null, readsAuthorization: null };

/** @param registry the root of the registry, with its scheme */
export async function probeRegistry(line: Line, registry: URL): Promise<RegistrySeen> {
  const url = new URL('/v2/', registry);
  const { answer, findings } = await reach(line, REGISTRY, { url });
  if (answer === null) {
    return { findings, demand: null, kind: UNKNOWN, clocks: { registry: null, own: 0 } };
  }
  const clocks = { registry: readDate(answer.headers.date), own: answer.at };
  const wrong = judgeRegistryAnswer(answer);
  if (wrong !== null)
    return { findings: [...findings, wrong], demand: null, kind: UNKNOWN, clocks };
  const { demand, findings: challenged } = judgeChallenge(answer);
  const kind = demand === null ? UNKNOWN : await probeKind(line.send, registry);
  const told = [...findings, ...describe(answer, kind), ...challenged];
  return { findings: told, demand, kind, clocks };
}

function describe({ url, certificateEnd }: Answer, { generation }: RegistryKind): Finding[] {
  const tls = certificateEnd === null ? 'in plain http' : 'over TLS';
  const kind = generation === null ? '' : ` It behaves as Distribution ${generation}.`;
  const sentence = `${url.host} answers ${tls} and asks for a token.${kind}`;
  if (isPrivateLine(url)) return [well('registry', sentence)];
  const remedy =
    'Put TLS on it (http.tls, or a proxy in front). Tokens and images travel in the open until then.';
  return [found('registry', 'registry_plain_http', sentence, remedy)];
}
