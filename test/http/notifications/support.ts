/** A registry's side of the notifications: what it sends, and what has become of it in the audit stream. */
import { readFileSync } from 'node:fs';
import { send, type Answer, type TokenServer } from '../../support/token-server.ts';

export const SECRET = 'a-secret-of-the-registry';
export const SETTINGS = `notifications: {secret: ${SECRET}}\n`;
export const V1 = 'application/vnd.docker.distribution.events.v1+json';
export const V2 = 'application/vnd.docker.distribution.events.v2+json';

let count = 0;
export const newId = (): string => `4a8c9f2e-0000-4000-8000-${String(++count).padStart(12, '0')}`;

export interface Told {
  readonly id?: string;
  readonly action?: string;
  readonly repository?: string;
  readonly actor?: string;
  /** Milliseconds. */
  readonly at?: number;
  readonly target?: object;
}

const DIGEST = `sha256:${'a'.repeat(64)}`;

/** An event as Distribution writes it. */
export function eventOf({ id = newId(), action = 'push', actor = '', at, ...more }: Told) {
  return {
    id,
    timestamp: new Date(at ?? Date.now()).toISOString().replace('Z', '123456Z'),
    action,
    target: {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: DIGEST,
      size: 708,
      length: 708,
      repository: more.repository ?? 'acme/app',
      url: `http://registry.example/v2/acme/app/manifests/${DIGEST}`,
      tag: 'v1',
      ...more.target,
    },
    request: {
      id: 'f4e1c9ba-9ab0-4c0b-9dbd-6f31e0f2ad39',
      addr: '192.0.2.44:51000',
      host: 'registry.example',
      method: 'PUT',
      useragent: 'skopeo/1.22.0',
    },
    actor: actor === '' ? {} : { name: actor },
    source: { addr: 'registry-1:5000', instanceID: 'b1b9f4e6-0f9c-4c36-8b57-9d7b4ffb3d28' },
  };
}

export interface Notification {
  readonly secret?: string;
  readonly type?: string;
  readonly body?: string;
}

type Where = Pick<TokenServer, 'url'>;

export function post(where: Where, { secret = SECRET, type = V1, body = '' }: Notification = {}) {
  return send(`${where.url}/registry/notifications`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': type },
    body,
  });
}

export const notify = (where: Where, ...events: readonly object[]): Promise<Answer> =>
  post(where, { body: JSON.stringify({ events }) });

export interface Written {
  readonly type: string;
  readonly author: object;
  readonly target: object;
  readonly ip: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What the stream holds of a registry's event, newest first, as an administrator is shown it. */
export async function written(server: TokenServer, id: string): Promise<readonly Written[]> {
  const token = readFileSync(server.running.adminTokenPath ?? '', 'utf8').trim();
  const url = `${server.url}/api/v4/audit_events?per_page=100`;
  const response = await fetch(url, { headers: { 'PRIVATE-TOKEN': token } });
  const events = (await response.json()) as Written[];
  return events.filter(({ details }) => details['event_id'] === id);
}
