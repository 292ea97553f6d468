import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { startServer, type Config, type RedisServer } from './server.ts';

export interface SingleRedis extends RedisServer {
  /** `redis://127.0.0.1:<port>`, with `:<password>@` where it has one. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

export interface SingleOptions {
  /** Further lines of redis.conf; they win over ours. */
  readonly config?: Config;
  /** Further lines that may stand more than once, such as `user …`. */
  readonly lines?: readonly string[];
  readonly password?: string;
  /** Files of a TLS server; the URL is `rediss://` then. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}

/**
 * A free port below those that the kernel gives to outgoing connections (32768 and up on Linux). A server that is down
 * for a moment then finds its port free again, and a client that reconnects cannot meet itself on it.
 */
export async function steadyPort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(10_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port between 10000 and 32000');
}

function listenConfig(port: number, tls: SingleOptions['tls']): Config {
  if (tls === undefined) return { port };
  return {
    port: 0,
    'tls-port': port,
    'tls-cert-file': tls.cert,
    'tls-key-file': tls.key,
    'tls-ca-cert-file': tls.ca,
    'tls-auth-clients': 'optional',
  };
}

/** One redis-server on a port of its own, with the durable settings. Stopped after the suite at the latest. */
export async function startRedis(options: SingleOptions = {}): Promise<SingleRedis> {
  const { config = {}, tls, ...spec } = options;
  const host = '127.0.0.1';
  for (let tries = 1; ; tries++) {
    const port = await steadyPort();
    try {
      const listen = { bind: host, ...listenConfig(port, tls) };
      const server = await startServer({ ...spec, config: { ...listen, ...config } });
      const { password } = spec;
      const login = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
      const url = `${tls === undefined ? 'redis' : 'rediss'}://${login}${host}:${port}`;
      return { ...server, url, host, port };
    } catch (error) {
      // Another test run may have taken the port in between.
      if (tries === 5 || !String(error).includes('Address already in use')) throw error;
    }
  }
}
