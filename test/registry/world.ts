/** A wharfpass that was built and started, and a Debian docker-registry on registry-config.yml that sends clients to it. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { distDir, root } from '../support/built.ts';
import { writeOciImage, type OciImage } from '../../scripts/example-image.mjs';
import {
  answers,
  freePort,
  plainEnvironment,
  runProgram,
  startService,
  type Outcome,
  type Service,
} from '../support/run-program.ts';

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface World {
  readonly url: string;
  readonly registry: string;
  readonly image: OciImage;
  readonly environment: NodeJS.ProcessEnv;
  /** A REST call as the administrator, or with another token. Rejects where the status is not as expected. */
  api<T>(
    method: string,
    path: string,
    body?: object,
    expected?: number,
    token?: string,
  ): Promise<T>;
  skopeo(...args: string[]): Promise<Outcome>;
  /** A token as a client asks for one: the scopes in the query, the login by Basic. */
  token(scopes: readonly string[], login?: Login): Promise<Response>;
  /** Ends the server with the signal and starts it on the same data. */
  restart(signal: NodeJS.Signals): Promise<void>;
  wharfpass(...args: string[]): Promise<Outcome>;
  close(): Promise<void>;
}

const basic = ({ username, password }: Login): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

export const unique = (): string => randomBytes(5).toString('hex');

/** Starts a registry that sends its clients to the server at `url` and keeps its files in `folder`. */
export type StartRegistry = (folder: string, url: string, port: number) => Promise<Service>;

const startRegistry: StartRegistry = (folder, url, port) => {
  const env = plainEnvironment({
    REGISTRY_HTTP_ADDR: `127.0.0.1:${port}`,
    REGISTRY_AUTH_TOKEN_REALM: `${url}/token`,
    REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE: join(folder, 'keys', 'ca.crt'),
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: join(folder, 'registry'),
  });
  const config = join(root, 'registry-config.yml');
  const ready = answers(`http://127.0.0.1:${port}/v2/`, 401);
  return startService('docker-registry', ['serve', config], { env, ready });
};

/**
 * @param settings variables of the server's environment, besides addresses and folders
 * @param start the registry, if not Debian's
 */
export async function startWorld(
  settings: Readonly<Record<string, string>> = {},
  start: StartRegistry = startRegistry,
): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'wharfpass-world-'));
  const [port, registryPort] = [await freePort(), await freePort()];
  const url = `http://localhost:${port}`;
  const registry = `127.0.0.1:${registryPort}`;
  const environment = plainEnvironment({
    WHARFPASS_LISTEN: `127.0.0.1:${port}`,
    WHARFPASS_DATA_DIR: join(folder, 'data'),
    WHARFPASS_KEYS_DIR: join(folder, 'keys'),
    WHARFPASS_REGISTRY: registry,
    REGISTRY_AUTH_FILE: join(folder, 'auth.json'),
    ...settings,
  });
  const main = join(distDir(), 'main.js');
  const startServer = (): Promise<Service> => {
    const ready = answers(`http://127.0.0.1:${port}/healthz`, 200);
    return startService(process.execPath, [main, 'serve'], {
      env: environment,
      cwd: folder,
      ready,
    });
  };
  let server = await startServer();
  const registryService = await start(folder, url, registryPort);
  const adminToken = (await readFile(join(folder, 'data', 'admin-token'), 'utf8')).trim();
  const image = await writeOciImage(join(folder, 'image'), 'hello from the harbour\n');

  return {
    url,
    registry,
    image,
    environment,
    async api<T>(method: string, path: string, body?: object, expected = 200, token = adminToken) {
      const response = await fetch(`${url}/api/v4${path}`, {
        method,
        headers: { 'PRIVATE-TOKEN': token, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.status !== expected) {
        throw new Error(`${method} ${path}: ${response.status} ${text}`);
      }
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
    skopeo: (...args) => runProgram('skopeo', args, { env: environment, cwd: folder }),
    token(scopes, login) {
      const query = new URLSearchParams({ service: 'container_registry' });
      for (const scope of scopes) query.append('scope', scope);
      const headers = login === undefined ? {} : { authorization: basic(login) };
      return fetch(`${url}/token?${query.toString()}`, { headers });
    },
    async restart(signal) {
      await server.stop(signal);
      server = await startServer();
    },
    wharfpass: (...args) =>
      runProgram(process.execPath, [main, ...args], { env: environment, cwd: folder }),
    async close() {
      await Promise.all([server.stop(), registryService.stop('SIGKILL')]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
