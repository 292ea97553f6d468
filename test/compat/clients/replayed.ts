/**
 * Clients that cannot run here: their requests for a token, each as its source makes it, and then plain requests to the
 * registry with what came back.
 *
 * - containerd: core/remotes/docker/auth/fetch.go and authorizer.go
 * - BuildKit: session/auth/authprovider/authprovider.go (client side), util/resolver/authorizer.go (daemon side)
 * - kubelet hands the password of its pull secret to the runtime: containerd (POST first), or CRI-O (GET with Basic,
 *   containers/image docker/docker_client.go)
 */
import type { Login } from '../../registry/world.ts';
import type { Attempt, Client, Shown } from '../client.ts';
import { pullPlainly, pushPlainly, type Fetched } from './plain-http.ts';

export interface Wanted {
  readonly realm: string;
  readonly service: string;
  readonly scope: string;
  readonly login: Login | null;
}

export type AskForToken = (wanted: Wanted) => Promise<Fetched>;

export interface ReplayedClient {
  readonly name: string;
  /** Of the source that was read. */
  readonly version: string;
  readonly ask: AskForToken;
  readonly pulls: boolean;
  readonly pushes: boolean;
}

const FORM = 'application/x-www-form-urlencoded; charset=utf-8';

const basic = ({ username, password }: Login): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
});

async function read(asked: Promise<Response>): Promise<Fetched> {
  const response = await asked;
  return { status: response.status, text: await response.text() };
}

/** FetchTokenWithOAuth: one scope, joined by spaces; keys in the order of Go's url.Values.Encode. */
function oauthPost(clientId: string, agent: string, { realm, service, scope, login }: Wanted) {
  const form = new URLSearchParams({
    client_id: clientId,
    grant_type: 'password',
    password: login?.password ?? '',
    scope,
    service,
    username: login?.username ?? '',
  });
  const headers = { 'content-type': FORM, 'user-agent': agent };
  return read(fetch(realm, { method: 'POST', headers, body: form.toString(), redirect: 'manual' }));
}

/** FetchToken: scopes repeated, no client id and no account. */
function tokenGet(agent: string, { realm, service, scope, login }: Wanted, extra = {}) {
  const query = new URLSearchParams({ ...extra, scope, service });
  const headers = { 'user-agent': agent, ...(login !== null && basic(login)) };
  return read(fetch(`${realm}?${query.toString()}`, { headers, redirect: 'manual' }));
}

/** POST, then GET where the server seems not to know POST. `others` are statuses besides 404, 405 and 401. */
const postFirst =
  (clientId: string, agent: string, others: readonly number[]): AskForToken =>
  async (wanted) => {
    if (wanted.login === null) return tokenGet(agent, wanted);
    const answer = await oauthPost(clientId, agent, wanted);
    const back = [401, 404, 405, ...others].includes(answer.status);
    return back ? tokenGet(agent, wanted) : answer;
  };

const getFirst =
  (clientId: string, agent: string): AskForToken =>
  async (wanted) => {
    const answer = await tokenGet(agent, wanted);
    if (wanted.login === null || ![401, 404, 405].includes(answer.status)) return answer;
    return oauthPost(clientId, agent, wanted);
  };

const withAccount: AskForToken = (wanted) =>
  tokenGet('cri-o', wanted, wanted.login === null ? {} : { account: wanted.login.username });

export const REPLAYED: readonly ReplayedClient[] = [
  {
    name: 'BuildKit, tokens by the client (replayed)',
    version: 'v0.12 to v0.25',
    ask: postFirst('buildkit-client', 'containerd/1.7.0', []),
    pulls: true,
    pushes: true,
  },
  {
    name: 'BuildKit, tokens by the daemon (replayed)',
    version: 'v0.12 to v0.25',
    ask: getFirst('buildkit-client', 'buildkit/v0.25'),
    pulls: true,
    pushes: true,
  },
  {
    name: 'kubelet with containerd (replayed)',
    version: 'containerd 2',
    ask: postFirst('containerd-client', 'containerd/2.1.0', [400]),
    pulls: true,
    pushes: false,
  },
  {
    name: 'kubelet with CRI-O (replayed)',
    version: 'containers/image 5',
    ask: withAccount,
    pulls: true,
    pushes: false,
  },
];

export function openReplayed({ name, version, ask, pulls, pushes }: ReplayedClient): Client {
  const attempt =
    (work: typeof pullPlainly) =>
    (at: Attempt): Promise<Shown> =>
      work(at, (wanted) => ask({ ...wanted, login: at.login }));
  return {
    name,
    version,
    verbs: {
      ...(pulls && { pull: attempt(pullPlainly) }),
      ...(pushes && { push: attempt(pushPlainly) }),
    },
    close: async () => undefined,
  };
}
