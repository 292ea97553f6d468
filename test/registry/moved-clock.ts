/** A server in this process, whose clock a test moves, and a registry that goes by the machine's. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeOciImage } from '../../scripts/example-image.mjs';
import { startServer } from '../../src/compose.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { root } from '../support/built.ts';
import { logLines } from '../support/log-lines.ts';
import { manualClock, type ManualClock } from '../support/manual-clock.ts';
import {
  answers,
  freePort,
  plainEnvironment,
  runProgram,
  startService,
} from '../support/run-program.ts';
import type { Login, World } from './world.ts';

export interface MovedWorld extends Pick<World, 'registry' | 'image' | 'skopeo' | 'close'> {
  readonly clock: ManualClock;
  /** A REST call as the administrator; rejects where it is refused. */
  api<T>(method: string, path: string, body?: object): Promise<T>;
  /** The status that a login gets. */
  logIn(login: Login): Promise<number>;
}

async function startRegistry(
  folder: string,
  address: string,
  server: { url: string; caPath: string },
) {
  const env = plainEnvironment({
    REGISTRY_HTTP_ADDR: address,
    REGISTRY_AUTH_TOKEN_REALM: `${server.url}/token`,
    REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE: server.caPath,
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: join(folder, 'registry'),
  });
  const config = join(root, 'registry-config.yml');
  const ready = answers(`http://${address}/v2/`, 401);
  return startService('docker-registry', ['serve', config], { env, ready });
}

/** @param startsAt where the server's clock stands, in milliseconds since the epoch */
export async function startMovedWorld(startsAt: number): Promise<MovedWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'wharfpass-moved-'));
  const registry = `127.0.0.1:${await freePort()}`;
  const clock = manualClock(startsAt);
  const settings = loadSettings({
    env: {
      WHARFPASS_LISTEN: '127.0.0.1:0',
      WHARFPASS_METRICS__LISTEN: 'off',
      WHARFPASS_REGISTRY: registry,
      WHARFPASS_SIGNING__LEAF_LIFETIME: String(90 * 86_400),
    },
    cwd: folder,
  });
  const server = await startServer({ settings, log: logLines().log, clock });
  const adminToken = (await readFile(server.adminTokenPath ?? '', 'utf8')).trim();
  const registryService = await startRegistry(folder, registry, server);
  const env = plainEnvironment({ REGISTRY_AUTH_FILE: join(folder, 'auth.json') });

  return {
    clock,
    registry,
    image: await writeOciImage(join(folder, 'image'), 'hello from the harbour\n'),
    skopeo: (...args) => runProgram('skopeo', args, { env, cwd: folder }),
    async api<T>(method: string, path: string, body?: object) {
      const response = await fetch(`${server.url}/api/v4${path}`, {
        method,
        headers: { 'PRIVATE-TOKEN': adminToken, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
    async logIn({ username, password }) {
      const basic = Buffer.from(`${username}:${password}`).toString('base64');
      const headers = { authorization: `Basic ${basic}` };
      return (await fetch(`${server.url}/token?service=container_registry`, { headers })).status;
    },
    async close() {
      await registryService.stop('SIGKILL');
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
