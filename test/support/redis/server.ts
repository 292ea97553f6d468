import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { plainEnvironment } from '../run-program.ts';
import { atEnd, spawnBound, until, type Spawn } from './child.ts';
import { cli, parseInfo } from './cli.ts';
import { fastFolder } from './fast-folder.ts';
import type { Reply } from './resp.ts';

/** Names and values as in redis.conf. */
export type Config = Readonly<Record<string, string | number>>;

export interface ServerSpec {
  readonly config: Config;
  /** Whole lines behind the settings, for those that may stand more than once. */
  readonly lines?: readonly string[];
  /** Of the default user. */
  readonly password?: string;
  readonly sentinel?: boolean;
  readonly spawn?: Spawn;
}

export interface RedisServer {
  /** Holds data, configuration, log and the Unix socket; removed by `stop`. */
  readonly dir: string;
  readonly config: Config;
  /** One command over the server's Unix socket, so no network fault touches it. Rejects with the server's error. */
  cli(...args: (string | number)[]): Promise<Reply>;
  info(section: string): Promise<ReadonlyMap<string, string>>;
  running(): boolean;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on its address, data and configuration; ends it with SIGTERM before if it runs. */
  restart(): Promise<void>;
  /** SIGSTOP. Connections stay, nothing is read or answered. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
  /** What it has logged so far. */
  output(): string;
}

/** Settings that every server of ours has: nothing is lost that was answered, and nothing evicted. */
const durable: Config = {
  appendonly: 'yes',
  appendfsync: 'always',
  'maxmemory-policy': 'noeviction',
  save: "''",
  // SIGTERM shall not wait for replicas.
  'shutdown-timeout': 0,
};

function configText(dir: string, { config, lines = [], password, sentinel }: ServerSpec): string {
  const all: Config = {
    ...(sentinel === true ? {} : durable),
    dir,
    logfile: join(dir, 'log'),
    unixsocket: join(dir, 'socket'),
    ...(password !== undefined && { requirepass: JSON.stringify(password) }),
    ...config,
  };
  const settings = Object.entries(all).map(([name, value]) => `${name} ${value}`);
  return [...settings, ...lines, ''].join('\n');
}

/** A real redis-server that answers PING. Rejects with its log where it ends before, as with a port that is taken. */
export async function startServer(spec: ServerSpec): Promise<RedisServer> {
  const dir = fastFolder('wharfpass-redis');
  const file = join(dir, 'redis.conf');
  writeFileSync(file, configText(dir, spec));
  const { password } = spec;
  let child: ChildProcess | undefined;

  const send = (args: readonly (string | number)[], timeout?: number) =>
    cli({ path: join(dir, 'socket') }, args, {
      password,
      ...(timeout !== undefined && { timeout }),
    });
  let said = '';
  const log = join(dir, 'log');
  const output = () => (existsSync(log) ? readFileSync(log, 'utf8') : '') + said;
  const running = () =>
    child?.pid !== undefined && child.exitCode === null && child.signalCode === null;

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child === undefined || !running()) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    // A stopped process would never get to a signal that it may handle.
    child.kill('SIGCONT');
    await gone;
  }

  async function start(): Promise<void> {
    const args = [file, ...(spec.sentinel === true ? ['--sentinel'] : [])];
    const env = plainEnvironment({ TZ: 'UTC' });
    const spawn = spec.spawn ?? spawnBound;
    const started = spawn('redis-server', args, {
      cwd: dir,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child = started;
    // What is wrong with its configuration it says here and not in its log.
    started.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    let closed = false;
    started.once('close', () => (closed = true));
    started.once('error', (error) => (said += String(error)));
    let up = false;
    await until(
      'redis-server',
      async () => {
        if (!running()) return closed;
        up = (await send(['PING'], 1000)) === 'PONG';
        return up;
      },
      30_000,
    );
    if (!up) throw new Error(`redis-server ended:\n${output()}`);
  }

  async function stop(): Promise<void> {
    forget();
    await end('SIGKILL');
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
  const forget = atEnd(stop);

  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    dir,
    config: spec.config,
    cli: (...args) => send(args),
    info: async (section) => parseInfo(await send(['INFO', section])),
    running,
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM');
      await start();
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    stop,
    output,
  };
}
