/** The REST API over a real store and real keys, with a clock that is moved by hand. */
import { createServer } from 'node:http';
import request, { type Test } from 'supertest';
import { openAudit, type AuditStream } from '../../../src/audit/open.ts';
import { createAuthenticate, type Authenticate } from '../../../src/credential/authenticate.ts';
import { createPasswordVerifier } from '../../../src/credential/password-hash.ts';
import { refreshTokenRules } from '../../../src/credential/refresh-token-life.ts';
import { Secret } from '../../../src/credential/secret.ts';
import { API_ROUTES } from '../../../src/http/api/routes.ts';
import { createApp } from '../../../src/http/app.ts';
import { listen } from '../../../src/http/server.ts';
import { ensureAdminToken } from '../../../src/lifecycle/admin-token.ts';
import { openWorld, type World } from '../../support/world.ts';
import { holdToDocument } from './documented.ts';

export const ADMIN_TOKEN = 'glpat-the-administrators-own-secret';

export interface Api {
  /** http://127.0.0.1:<port> */
  readonly url: string;
  readonly world: World;
  readonly audit: AuditStream;
  /** Every secret that an answer has shown so far. */
  readonly secrets: string[];
  /** A request as somebody: a personal access token, or null for nobody. */
  call(method: string, path: string, token: string | null, body?: object): Promise<Answer>;
  admin(method: string, path: string, body?: object): Promise<Answer>;
  /** A request to be sent by hand; the path starts at /. */
  raw(method: string, path: string): Test;
  /** Makes a user with a token of the given scopes. */
  user(username: string, options?: { scopes?: string[]; external?: boolean }): Promise<Person>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer is any JSON, and each test says what it expects
  readonly body: any;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface Person {
  readonly id: number;
  readonly username: string;
  readonly token: string;
}

/** What the token endpoint would say of a credential. */
export function authenticatorOf(world: World): Authenticate {
  const { settings, store, keys, clock, secretHash } = world;
  return createAuthenticate({
    ...store,
    jobTokenSigner: keys.jobTokenSigner,
    extendedTokenSigner: keys.extendedTokenSigner,
    jobSettings: settings.jobs,
    refreshRules: refreshTokenRules(settings),
    secretHash,
    verifyPassword: createPasswordVerifier(),
    prefixes: settings.credentials.prefixes,
    passwords: true,
    clock,
  });
}

async function appOf(world: World, audit: AuditStream) {
  const { settings, store, keys, clock, secretHash, logged } = world;
  const authenticate = authenticatorOf(world);
  await ensureAdminToken({
    store,
    secretHash,
    clock,
    dataDir: settings.data_dir,
    prefix: 'glpat-',
    configured: new Secret(ADMIN_TOKEN),
    audit: () => {},
  });
  const { log } = logged;
  return createApp({ settings, log, clock, store, keys, secretHash, authenticate, audit });
}

/** @param settingsYaml lines of a settings file */
export async function openApi(settingsYaml = ''): Promise<Api> {
  const world = await openWorld(settingsYaml);
  const { settings, clock, logged } = world;
  const audit = openAudit({
    settings: settings.audit,
    dataDir: settings.data_dir,
    instance: null,
    clock,
    log: logged.log,
  });
  const misfits: string[] = [];
  const server = createServer(holdToDocument(await appOf(world, audit), API_ROUTES, misfits));
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  const secrets = [ADMIN_TOKEN];

  const raw: Api['raw'] = (method, path) => request(server)[method.toLowerCase() as 'get'](path);

  const call: Api['call'] = async (method, path, token, body) => {
    let test = raw(method, `/api/v4${path}`);
    if (token !== null) test = test.set('PRIVATE-TOKEN', token);
    const answer = await (body === undefined ? test : test.send(body));
    const shown = (answer.body as { token?: unknown } | null)?.token;
    if (typeof shown === 'string') secrets.push(shown);
    return answer as unknown as Answer;
  };
  const admin: Api['admin'] = (method, path, body) => call(method, path, ADMIN_TOKEN, body);

  return {
    url: `http://127.0.0.1:${port}`,
    world,
    audit,
    secrets,
    raw,
    call,
    admin,
    async user(username, { scopes = ['api'], external = false } = {}) {
      const { body } = await admin('post', '/users', { username, external });
      const path = `/users/${body.id}/personal_access_tokens`;
      const token = await admin('post', path, { name: 'test', scopes });
      if (token.status !== 201) throw new Error(token.text);
      return { id: body.id as number, username, token: token.body.token as string };
    },
    async close() {
      await new Promise((resolve) => server.close(resolve));
      await audit.close();
      await world.close();
      if (misfits.length > 0) throw new Error(`undocumented answers:\n${misfits.join('\n')}`);
    },
  };
}
