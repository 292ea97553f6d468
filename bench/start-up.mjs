/** wharfpass as it is built, started on empty folders and again on what it made there. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/ensure.mjs';
import { tokenPath } from './directory.mjs';
import { environmentWith, freePort, residentMemory, startPinned, until } from './processes.mjs';
import { median } from './table.mjs';

const STARTS = 5;
const main = join(root, 'dist', 'main.js');

/** `place`: the folder that holds data and keys. `redis`: where the store is; `data` then holds what is beside it. */
export const environment = (place, { data = 'data', redis } = {}) => ({
  NODE_ENV: 'production',
  WHARFPASS_METRICS__LISTEN: '127.0.0.1:0',
  WHARFPASS_API__RATE_LIMIT__REQUESTS: '0',
  WHARFPASS_DATA_DIR: join(place, data),
  WHARFPASS_KEYS_DIR: join(place, 'keys'),
  ...(redis && { WHARFPASS_REDIS_URL: redis.url }),
});

export function startWharfpass(port, place, store) {
  const env = { ...environment(place, store), WHARFPASS_LISTEN: `127.0.0.1:${port}` };
  return startPinned(process.execPath, [main, 'serve'], { env, cwd: place });
}

/** The embedded store of `place`, on which no server runs, into an empty Redis. */
export function copyToRedis(place, store) {
  const args = ['store', 'copy', '--from', `embedded:${join(place, 'data')}`, '--to', 'redis'];
  const { status, stderr } = spawnSync(process.execPath, [main, ...args], {
    env: environmentWith(environment(place, store)),
    cwd: place,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the store was not copied:\n${stderr}`);
}

/** Milliseconds from nothing to the first token, and MB of resident memory one second after it. */
async function timeToToken(place) {
  const port = await freePort();
  const begun = performance.now();
  const server = startWharfpass(port, place);
  const url = `http://127.0.0.1:${port}${tokenPath('nobody/knows', 'pull')}`;
  await until(url, (status, body) => status === 200 && body.includes('"token":"ey'));
  const took = performance.now() - begun;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const memory = residentMemory(server.pid);
  await server.stop();
  return { took, memory };
}

/** Medians over several starts. `folder`: an empty one. */
export async function startUp(folder) {
  const first = [];
  const again = [];
  for (let index = 0; index < STARTS; index += 1) {
    const place = join(folder, `start-${index}`);
    mkdirSync(place);
    first.push(await timeToToken(place));
    again.push(await timeToToken(place));
  }
  const took = (list) => median(list.map((one) => one.took));
  return { first: took(first), again: took(again), memory: median(again.map((one) => one.memory)) };
}
