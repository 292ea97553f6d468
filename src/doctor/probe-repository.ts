/** Step repository: what the credential gets there, and the reason where it gets too little. */
import { serverBaseOf } from './address.ts';
import { secretsOf, tokenGet, type Credential } from './ask-token.ts';
import type { Demand } from './check-registry.ts';
import { tokenOf } from './check-token.ts';
import type { Send } from './exchange.ts';
import { found, well, type Finding } from './finding.ts';
import { challengeError } from './generation.ts';
import { jsonOf, quote } from './quote.ts';

const step = 'repository';

export interface WantedRepository {
  readonly name: string;
  readonly actions: readonly string[];
}

export interface RepositoryOptions {
  readonly registry: URL;
  readonly demand: Demand;
  readonly credential: Credential | null;
  readonly wanted: WantedRepository;
}

export async function probeRepository(
  send: Send,
  options: RepositoryOptions,
): Promise<Finding | null> {
  const { registry, demand, credential, wanted } = options;
  const scope = `repository:${wanted.name}:${wanted.actions.join(',')}`;
  const exchange = await send(tokenGet(demand, { credential, scopes: [scope] }));
  const token = exchange.kind === 'answer' ? tokenOf(exchange) : null;
  if (token === null || token.text === null) return null;
  const granted = token.text.access.get(`repository:${wanted.name}`) ?? [];
  const missing = wanted.actions.filter(
    (each) => !granted.includes(each) && !granted.includes('*'),
  );
  if (missing.length > 0) {
    const why = credential === null ? null : await explain(send, demand, credential, scope);
    return notAllowed(wanted.name, missing, why, credential);
  }
  const url = new URL(`/v2/${wanted.name}/tags/list`, registry);
  const list = wanted.actions.includes('pull')
    ? await send({ url, headers: { Authorization: `Bearer ${token.raw}` } })
    : null;
  if (list !== null && challengeError(list) !== undefined) {
    const sentence = `The token has ${wanted.actions.join(' and ')} for ${wanted.name}, and the registry refuses it there.`;
    const remedy =
      'A proxy that changes the path is the usual cause: the registry must be asked for the repository by the name that is in the token.';
    return found(step, 'repository_refused', sentence, remedy);
  }
  return well(step, `${wanted.actions.join(', ')} granted for ${wanted.name}.`);
}

interface Reason {
  readonly reason: string;
  readonly remedy: string;
}

function notAllowed(
  name: string,
  missing: readonly string[],
  why: Reason | null,
  credential: Credential | null,
): Finding {
  const who = credential === null ? 'Nobody in particular' : 'The credential';
  const sentence = `${who} may not ${missing.join(', ')} ${name}.${why === null ? '' : ` ${why.reason}`}`;
  const ask = `Ask on the server: wharfpass explain --as <who> --scope repository:${name}:${missing.join(',')} (docs/explain.md). Without a credential only public projects may be pulled.`;
  return found(step, 'repository_not_allowed', sentence, why === null ? ask : why.remedy);
}

/** What the wharfpass behind the realm says to the credential itself. Same origin as the realm; null where it will not say. */
async function explain(
  send: Send,
  { realm, service }: Demand,
  credential: Credential,
  scope: string,
): Promise<Reason | null> {
  const base = serverBaseOf(realm);
  if (base === null) return null;
  const kind = credential.username === 'gitlab-ci-token' ? 'JOB-TOKEN' : 'PRIVATE-TOKEN';
  const exchange = await send({
    url: new URL(`${base}/api/v4/registry_access/explain`),
    method: 'POST',
    headers: { [kind]: credential.secret.reveal(), 'Content-Type': 'application/json' },
    body: JSON.stringify({ scope: [scope], ...(service !== null && { service }) }),
  });
  if (exchange.kind === 'trouble' || exchange.status !== 200) return null;
  const action = firstRefused(jsonOf(exchange));
  if (action === null) return null;
  const clean = (value: unknown): string =>
    typeof value === 'string' ? quote(value, secretsOf(credential)) : '';
  const layer = clean(action['refused_by']);
  return {
    reason: `wharfpass says (${layer}): ${clean(action['reason'])}`,
    remedy: clean(action['remedy']) || `See docs/rules.md, layer ${layer}.`,
  };
}

type Fields = Readonly<Record<string, unknown>>;

function firstRefused(body: Fields | null): Fields | null {
  const resources = body?.['resources'];
  if (!Array.isArray(resources)) return null;
  const actions = (resources as Fields[]).flatMap((each) => {
    const listed = each['actions'];
    return Array.isArray(listed) ? (listed as Fields[]) : [];
  });
  return actions.find((action) => action['granted'] === false) ?? null;
}
