/** The composed server over a world's folders, and clients for its token path. */
import { createLocalJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { startServer, type RunningServer } from '../../src/compose.ts';
import { openWorld, type World } from './world.ts';

export interface TokenServer extends World {
  readonly running: RunningServer;
  readonly url: string;
}

/** @param settingsYaml lines of a settings file */
export async function startTokenServer(settingsYaml = ''): Promise<TokenServer> {
  const world = await openWorld(settingsYaml);
  const { settings, clock, logged } = world;
  const running = await startServer({ settings, clock, log: logged.log });
  const close = async (): Promise<void> => {
    await running.close();
    await world.close();
  };
  return { ...world, running, url: running.url, close };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON object of the body; a body that is none fails the test. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Jane, a Developer of acme/app. Resolves to her login with a token that has the scope `api`. */
export async function janeDevelops(server: TokenServer): Promise<readonly [string, string]> {
  const jane = await server.user('jane');
  await server.group('acme');
  await server.project('acme/app');
  await server.member('acme/app', 'jane', 'developer');
  return ['jane', (await server.personalAccessToken(jane, ['api'])).secret];
}

export async function send(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  const body = JSON.parse(text) as Answer['body'];
  return { status: response.status, headers: response.headers, text, body };
}

export function basic(username: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

export interface Ask {
  readonly as?: readonly [username: string, password: string] | undefined;
  readonly scope?: string | readonly string[];
  readonly path?: string;
  /** Further parameters. */
  readonly more?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

function parametersOf({ scope = [], more = {} }: Ask): URLSearchParams {
  const scopes = typeof scope === 'string' ? [scope] : scope;
  const repeated = scopes.map((value): [string, string] => ['scope', value]);
  return new URLSearchParams([...Object.entries(more), ...repeated]);
}

/** GET with Basic, as docker, skopeo and crane ask. */
export function get(server: Pick<TokenServer, 'url'>, ask: Ask = {}): Promise<Answer> {
  const headers = { ...(ask.as !== undefined && basic(...ask.as)), ...ask.headers };
  return send(`${server.url}${ask.path ?? '/token'}?${parametersOf(ask).toString()}`, { headers });
}

/** POST with a form, as containerd and BuildKit ask. */
export function post(server: Pick<TokenServer, 'url'>, ask: Ask = {}): Promise<Answer> {
  const [username, password] = ask.as ?? [];
  const more = {
    grant_type: 'password',
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...ask.more,
  };
  return send(`${server.url}${ask.path ?? '/token'}`, {
    method: 'POST',
    headers: { ...ask.headers },
    body: parametersOf({ ...ask, more }),
  });
}

export interface Claims extends JWTPayload {
  readonly access: readonly { type: string; name: string; actions: readonly string[] }[];
}

/** The claims of the token in an answer, once its signature has been verified with the published keys. */
export async function claimsOf(world: World, { body }: Answer): Promise<Claims> {
  const keys = createLocalJWKSet(world.keys.jwks() as Parameters<typeof createLocalJWKSet>[0]);
  const { payload } = await jwtVerify(String(body['token']), keys, {
    currentDate: new Date(world.clock.now()),
  });
  return payload as Claims;
}

/** What was granted: `repository:acme/app:pull,push`, in the order of the token. */
export async function granted(world: World, answer: Answer): Promise<string[]> {
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
  const { access } = await claimsOf(world, answer);
  return access.map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`);
}
