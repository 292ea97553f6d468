/** What a CI system, an administrator and a registry's client ask of one address. */
import { Agent, request, type IncomingHttpHeaders } from 'node:http';

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Client {
  readonly url: string;
  readonly adminToken: string;
  send(method: string, path: string, options?: Sent): Promise<Answer>;
  /** A REST call as the administrator. */
  change(method: string, path: string, body?: object): Promise<Answer>;
  /** The same below /api/v4. Rejects where the status is not 2xx. */
  api<T>(method: string, path: string, body?: object): Promise<T>;
  /** A token as clients ask for one. */
  token(scope: string, login?: Login): Promise<Answer>;
  close(): void;
}

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const basic = ({ username, password }: Login): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Connections are kept, as clients and proxies keep them. */
export function createClient(url: string, adminToken: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });

  function send(method: string, path: string, { headers, body }: Sent = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(`${url}${path}`, { method, agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
        );
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  const change: Client['change'] = (method, path, body) =>
    send(method, path, {
      headers: { 'private-token': adminToken, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  return {
    url,
    adminToken,
    send,
    change,
    async api<T>(method: string, path: string, body?: object) {
      const { status, text } = await change(method, `/api/v4${path}`, body);
      if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${text}`);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
    token: (scope, login) => {
      const query = new URLSearchParams({ service: 'container_registry', scope });
      const headers = login && { authorization: basic(login) };
      return send('GET', `/token?${query.toString()}`, headers && { headers });
    },
    close: () => agent.destroy(),
  };
}

/** What the token in an answer allows: `acme/app:pull,push`. */
export function granted({ status, text }: Answer): string[] {
  if (status !== 200) throw new Error(`${status} ${text}`);
  const { token } = JSON.parse(text) as { token: string };
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  const { access } = JSON.parse(payload) as { access: { name: string; actions: string[] }[] };
  return access.map(({ name, actions }) => `${name}:${actions.join(',')}`);
}
