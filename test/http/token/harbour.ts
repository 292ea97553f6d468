/** A server with refresh tokens, on either store, whose world is made over the REST API. */
import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../../../src/compose.ts';
import { loadSettings } from '../../../src/settings/load.ts';
import { logLines, type LogLines } from '../../support/log-lines.ts';
import { manualClock, type ManualClock } from '../../support/manual-clock.ts';
import { startRedis } from '../../support/redis/single.ts';
import { get, post, send, type Answer, type Ask } from '../../support/token-server.ts';

export const SERVICES =
  'services: {container_registry: {refresh_tokens: true}, other: {refresh_tokens: true}, plain: {}}\n';

export interface Person {
  readonly id: number;
  readonly username: string;
  readonly password: string;
}

export interface Harbour {
  readonly url: string;
  readonly clock: ManualClock;
  readonly logged: LogLines;
  readonly adminToken: string;
  /** As the administrator; a status that is not 2xx fails the test. */
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer is any JSON
  api(method: string, path: string, body?: object): Promise<any>;
  person(fields?: object): Promise<Person>;
  token(person: Person, more?: object): Promise<{ readonly id: number; readonly token: string }>;
  close(): Promise<void>;
}

let people = 0;

/** @param settingsYaml further lines of the settings file */
export async function startHarbour(
  store: 'embedded' | 'redis',
  settingsYaml = SERVICES,
): Promise<Harbour> {
  const folder = await mkdtemp(join(tmpdir(), 'wharfpass-refresh-'));
  const redis = store === 'redis' ? await startRedis() : null;
  const where = redis === null ? '' : `redis: {url: '${redis.url}'}\n`;
  const addresses = 'listen: 127.0.0.1:0\nmetrics: {listen: 127.0.0.1:0}\n';
  const file = join(folder, 'wharfpass.yml');
  await writeFile(file, addresses + where + settingsYaml, { mode: 0o600 });
  const settings = loadSettings({ file, env: {}, cwd: folder });
  // Redis compares its own clock with ours.
  const clock: ManualClock = redis === null ? manualClock() : { ...manualClock(), now: Date.now };
  const logged = logLines();
  const running = await startServer({ settings, clock, log: logged.log });
  const adminToken = (await readFile(join(settings.data_dir, 'admin-token'), 'utf8')).trim();

  const api: Harbour['api'] = async (method, path, body) => {
    const response = await fetch(`${running.url}/api/v4${path}`, {
      method,
      headers: { 'PRIVATE-TOKEN': adminToken, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  return {
    url: running.url,
    clock,
    logged,
    adminToken,
    api,
    person: async (fields = {}) => {
      const username = `jane${++people}`;
      const password = `correct horse ${people}`;
      const body = { username, name: username, password, ...fields };
      return { ...(await api('POST', '/users', body)), password };
    },
    token: ({ id }, more = {}) =>
      api('POST', `/users/${id}/personal_access_tokens`, {
        name: 'laptop',
        scopes: ['read_registry', 'write_registry'],
        ...more,
      }),
    close: async () => {
      await running.close();
      await redis?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As `docker login` asks. */
export const dockerLogin = (harbour: Harbour, as: readonly [string, string], more = {}) =>
  get(harbour, {
    as,
    more: { account: as[0], client_id: 'docker', offline_token: 'true', ...more },
  });

export function refreshTokenIn(answer: Answer): string {
  const { refresh_token: token } = answer.body;
  if (typeof token !== 'string') throw new Error(`no refresh token: ${answer.text}`);
  return token;
}

/** A login with a new personal access token, and the refresh token of it. */
export async function loginByToken(harbour: Harbour, person: Person, more: object = {}) {
  const pat = await harbour.token(person, more);
  const login = [person.username, pat.token] as const;
  return { pat, login, token: refreshTokenIn(await dockerLogin(harbour, login)) };
}

export const loginByPassword = async (
  harbour: Harbour,
  { username, password }: Person,
): Promise<string> => refreshTokenIn(await dockerLogin(harbour, [username, password]));

/** As docker, skopeo and containerd come with one. */
export const refresh = (harbour: Harbour, refreshToken: string, ask: Ask = {}) =>
  post(harbour, {
    ...ask,
    more: { grant_type: 'refresh_token', refresh_token: refreshToken, ...ask.more },
  });

/** A form to one of the endpoints beside the token endpoint. */
export const form = (
  harbour: Pick<Harbour, 'url'>,
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
) => send(`${harbour.url}${path}`, { method: 'POST', body: new URLSearchParams(fields), headers });
