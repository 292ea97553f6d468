/** Push and pull request by request (OCI distribution-spec 1.1), with the token that a client's own requests bring. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Attempt, Shown } from '../client.ts';

export interface Fetched {
  readonly status: number;
  readonly text: string;
}

interface Challenge {
  readonly realm: string;
  readonly service: string;
  readonly scope: string;
}

type Ask = (challenge: Challenge) => Promise<Fetched>;

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** What the registry asks for in its 401 (RFC 9110 section 11.6.1). */
function challengeOf(response: Response): Challenge {
  const header = response.headers.get('www-authenticate') ?? '';
  const parameter = (name: string): string =>
    new RegExp(`${name}="([^"]*)"`).exec(header)?.[1] ?? '';
  return {
    realm: parameter('realm'),
    service: parameter('service'),
    scope: parameter('scope'),
  };
}

const refused = (status: number, text: string): Shown => ({ ok: false, text: `${status} ${text}` });

/** Asks the registry, then for a token, then the registry again; null where all went well. */
function session(ask: Ask) {
  let authorization: Record<string, string> = {};
  return async (url: string, init: RequestInit = {}): Promise<Response | Shown> => {
    const send = () => fetch(url, { ...init, headers: { ...init.headers, ...authorization } });
    const first = await send();
    if (first.status !== 401) return first;
    const answer = await ask(challengeOf(first));
    if (answer.status !== 200) return refused(answer.status, answer.text);
    const { token, access_token } = JSON.parse(answer.text) as Record<string, string>;
    authorization = { authorization: `Bearer ${access_token ?? token ?? ''}` };
    return send();
  };
}

const base = ({ registry, repository }: Attempt): string => `http://${registry}/v2/${repository}`;

/** null where the answer has the status. */
async function problem(answer: Response | Shown, status: number): Promise<Shown | null> {
  if (!(answer instanceof Response)) return answer;
  return answer.status === status ? null : refused(answer.status, await answer.text());
}

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

const blobs = ({ config, layers }: Manifest) => [config, ...layers].map(({ digest }) => digest);

export async function pullPlainly(at: Attempt, ask: Ask): Promise<Shown> {
  const send = session(ask);
  const url = `${base(at)}/manifests/v1`;
  const answer = await send(url, { headers: { accept: `${MANIFEST}, */*` } });
  const wrong = await problem(answer, 200);
  if (wrong !== null || !(answer instanceof Response)) return wrong ?? refused(0, '');
  for (const digest of blobs((await answer.json()) as Manifest)) {
    const failed = await problem(await send(`${base(at)}/blobs/${digest}`), 200);
    if (failed !== null) return failed;
  }
  return { ok: true, text: '' };
}

export async function pushPlainly(at: Attempt, ask: Ask): Promise<Shown> {
  const send = session(ask);
  const bytes = (digest: string) => readFile(join(at.layout, 'blobs', digest.replace(':', '/')));
  const manifest = await bytes(at.digest);
  for (const digest of blobs(JSON.parse(manifest.toString()) as Manifest)) {
    const opened = await send(`${base(at)}/blobs/uploads/`, { method: 'POST' });
    const closed = await problem(opened, 202);
    if (closed !== null || !(opened instanceof Response)) return closed ?? refused(0, '');
    const upload = new URL(opened.headers.get('location') ?? '', base(at));
    upload.searchParams.set('digest', digest);
    const body = new Uint8Array(await bytes(digest));
    const headers = { 'content-type': 'application/octet-stream' };
    const failed = await problem(await send(upload.href, { method: 'PUT', headers, body }), 201);
    if (failed !== null) return failed;
  }
  const put = { method: 'PUT', headers: { 'content-type': MANIFEST } };
  const body = new Uint8Array(manifest);
  const failed = await problem(await send(`${base(at)}/manifests/v1`, { ...put, body }), 201);
  return failed ?? { ok: true, text: '' };
}
