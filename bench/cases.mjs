/** What takes turns: the floor, wharfpass on each of its stores, and docker_auth. */
import { join } from 'node:path';
import { root } from '../scripts/ensure.mjs';
import { fillDirectory } from './directory.mjs';
import { STATIC_USER, configureDockerAuth, dockerAuth } from './docker-auth.mjs';
import { freePort, startPinned, until } from './processes.mjs';
import { hasRedis, startRedis } from './redis.mjs';
import { askElsewhere } from './requests.mjs';
import { copyToRedis, startWharfpass } from './start-up.mjs';

export const FLOOR = 'floor: node:http and one ES256 signature';
const EMBEDDED = 'wharfpass: ';
const ON_REDIS = 'wharfpass on Redis: ';

/** The kinds of credential that the embedded store was measured with. */
export const kindsOf = (names) =>
  names.flatMap((name) => (name.startsWith(EMBEDDED) ? [name.slice(EMBEDDED.length)] : []));
export const onEmbedded = (kind) => EMBEDDED + kind;
export const onRedis = (kind) => ON_REDIS + kind;

async function serve(folder, running, store) {
  const port = await freePort();
  const server = startWharfpass(port, folder, store);
  running.push(server);
  const url = `http://127.0.0.1:${port}`;
  await until(`${url}/readyz`, (status) => status === 200);
  return { port, url, server };
}

/** The cases of each kind of credential one after the other, so that they meet the same machine. */
async function ownCases(folder, running) {
  const filling = await serve(folder, running);
  const kinds = await fillDirectory({ url: filling.url, dataDir: join(folder, 'data'), folder });
  await filling.server.stop();

  const servers = [];
  if (hasRedis()) {
    const redis = await startRedis(folder);
    running.unshift(redis);
    const store = { data: 'redis-data', redis };
    copyToRedis(folder, store);
    servers.push({ name: onRedis, ...(await serve(folder, running, store)) });
  }
  servers.unshift({ name: onEmbedded, ...(await serve(folder, running)) });
  return kinds.flatMap((kind) =>
    servers.map(({ name, port }) => ({ ...kind, name: name(kind.name), port })),
  );
}

async function peerCases(folder, running, { requests, actions }) {
  const peer = dockerAuth();
  if (peer === null) return [];
  const port = await freePort();
  const config = configureDockerAuth(join(folder, 'docker-auth'), port);
  running.push(startPinned(peer, ['-logtostderr', config]));
  const asking = (file, authorization) =>
    askElsewhere(join(folder, file), requests, '/auth', authorization);
  const asCase = (name, asked) => ({ name, requests: asked, actions, port });
  return [
    asCase('docker_auth: anonymous', asking('peer-anonymous', '')),
    asCase('docker_auth: static user, bcrypt 5', asking('peer-user', STATIC_USER)),
  ];
}

/** `running`: takes every server that is started, in an order in which they can be stopped from the end. */
export async function prepareCases(folder, running) {
  const own = await ownCases(folder, running);
  const port = await freePort();
  running.push(startPinned(process.execPath, [join(root, 'bench', 'floor.mjs'), String(port)]));
  const [{ requests, actions }] = own;
  const floor = { name: FLOOR, requests, actions, port };
  return [floor, ...own, ...(await peerCases(folder, running, floor))];
}
