/** Three built instances on one Redis, and the load balancer of docs/instances.md in front of them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { distDir, root } from '../support/built.ts';
import { startRedis, steadyPort } from '../support/redis/single.ts';
import { answers, plainEnvironment, startService, type Service } from '../support/run-program.ts';
import { createClient, type Client } from './client.ts';

const NAMES = ['one', 'two', 'three'] as const;

export interface Instance extends Client {
  /** SIGTERM, the exit code, and again on the same data; resolves when it is ready. */
  restart(): Promise<number | null>;
  output(): string;
}

export interface Fleet {
  readonly instances: readonly [Instance, Instance, Instance];
  /** All of them, behind the load balancer. */
  readonly balanced: Client;
  close(): Promise<void>;
}

/** The example of the page, with other addresses. */
function loadBalancerConfig(frontend: number, backends: readonly number[]): string {
  const page = readFileSync(join(root, 'docs', 'instances.md'), 'utf8');
  const [, example = ''] = /^```haproxy\n(.*?)^```$/ms.exec(page) ?? [];
  return NAMES.reduce(
    (text, name, at) => text.replace(`${name}.example.com:5001`, `127.0.0.1:${backends[at]}`),
    example.replace('bind auth.example.com:80', `bind 127.0.0.1:${frontend}`),
  );
}

async function startLoadBalancer(folder: string, backends: readonly number[]) {
  const port = await steadyPort();
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, loadBalancerConfig(port, backends));
  const url = `http://127.0.0.1:${port}`;
  const env = plainEnvironment();
  const service = await startService('haproxy', ['-db', '-f', file], {
    env,
    ready: answers(`${url}/readyz`, 200),
  });
  return { service, url };
}

export async function startFleet(): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), 'wharfpass-fleet-'));
  const redis = await startRedis();
  const main = join(distDir(), 'main.js');
  const services = new Map<string, Service>();

  async function start(name: string, port: number): Promise<void> {
    const env = plainEnvironment({
      WHARFPASS_LISTEN: `127.0.0.1:${port}`,
      WHARFPASS_DATA_DIR: join(folder, name),
      WHARFPASS_KEYS_DIR: join(folder, 'keys'),
      WHARFPASS_REDIS_URL: redis.url,
      WHARFPASS_TRUSTED_PROXIES: '127.0.0.1',
    });
    const ready = answers(`http://127.0.0.1:${port}/readyz`, 200);
    const options = { env, cwd: folder, ready, patience: 40_000 };
    services.set(name, await startService(process.execPath, [main, 'serve'], options));
  }

  async function instance(name: string): Promise<Instance & { readonly port: number }> {
    const port = await steadyPort();
    await start(name, port);
    const adminToken = (await readFile(join(folder, name, 'admin-token'), 'utf8')).trim();
    return {
      ...createClient(`http://127.0.0.1:${port}`, adminToken),
      port,
      output: () => services.get(name)?.output() ?? '',
      restart: async () => {
        const code = (await services.get(name)?.stop()) ?? null;
        await start(name, port);
        return code;
      },
    };
  }

  const [one, two, three] = [await instance('one'), await instance('two'), await instance('three')];
  const ports = [one, two, three].map(({ port }) => port);
  const { service: balancer, url } = await startLoadBalancer(folder, ports);
  return {
    instances: [one, two, three],
    balanced: createClient(url, one.adminToken),
    close: async () => {
      await balancer.stop('SIGKILL');
      await Promise.all([...services.values()].map((service) => service.stop()));
      await redis.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
