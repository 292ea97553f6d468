/**
 * One redis-server that loses nothing it answered (`appendfsync always`, no eviction), on the core of whoever asks: the
 * server that is measured has the other one to itself.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENT_CORE, environmentWith, freePort, has, startPinned } from './processes.mjs';

const PROGRAM = 'redis-server';
const CLI = 'redis-cli';
const PATIENCE = 10_000;

/** It is not brought: its Debian package would leave a service behind. */
export function hasRedis() {
  if (has(PROGRAM) && has(CLI)) return true;
  console.error(`${PROGRAM} and ${CLI} are not installed: what needs Redis is left out`);
  return false;
}

function ask(port, ...command) {
  const args = ['-h', '127.0.0.1', '-p', String(port), ...command];
  return spawnSync(CLI, args, { encoding: 'utf8', env: environmentWith({}) }).stdout;
}

/** `folder`: a new one is made in it. Resolves once it answers. */
export async function startRedis(folder, core = CLIENT_CORE) {
  const port = await freePort();
  const dir = join(folder, `redis-${port}`);
  mkdirSync(dir);
  const address = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir];
  const lasting = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const args = [...address, ...lasting, '--maxmemory-policy', 'noeviction'];
  const server = startPinned(PROGRAM, args, { core });
  const end = Date.now() + PATIENCE;
  while (!ask(port, 'PING').startsWith('PONG')) {
    if (Date.now() > end) {
      await server.stop();
      throw new Error(`${PROGRAM} does not answer`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    ...server,
    url: `redis://127.0.0.1:${port}`,
    /** One field of INFO, as text. */
    info: (name) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(ask(port, 'INFO'))?.[1],
  };
}
