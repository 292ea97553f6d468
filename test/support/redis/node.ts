import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './child.ts';
import type { Host } from './network.ts';
import { startServer, type Config, type RedisServer } from './server.ts';

/** A Redis server on a host of its own. */
export interface Node extends RedisServer {
  readonly name: string;
  /** Where everybody reaches it. */
  readonly address: string;
  readonly port: number;
}

export interface NodeSpec {
  readonly config?: Config;
  readonly lines?: readonly string[];
  readonly password?: string;
  readonly sentinel?: boolean;
}

/** @param port of the host's address, where all others reach it */
export async function startNode(host: Host, port: number, spec: NodeSpec): Promise<Node> {
  const listen = await host.serve(port);
  const server = await startServer({
    ...spec,
    spawn: host.spawn,
    config: {
      bind: listen.host,
      port: listen.port,
      'bind-source-addr': host.address,
      'protected-mode': 'no',
      ...spec.config,
    },
  });
  return { ...server, name: host.name, address: host.address, port };
}

/** What a server of a replicated set has besides: a primary that cannot reach a replica refuses writes within 2 s. */
export const replicated: Config = {
  'min-replicas-to-write': 1,
  'min-replicas-max-lag': 2,
  'repl-diskless-sync-delay': 0,
  'repl-ping-replica-period': 1,
};

/** True once the server says that its link to its primary stands. */
async function isLinked(replica: RedisServer): Promise<boolean> {
  const info = await replica.info('replication');
  return info.get('role') === 'slave' && info.get('master_link_status') === 'up';
}

/** Whether a replica comes, within a second, to have all that its primary has now. */
async function catchesUp(replica: RedisServer, offset: number): Promise<boolean> {
  const has = async (): Promise<boolean> =>
    Number((await replica.info('replication')).get('slave_repl_offset')) >= offset;
  return until('the replica', has, 1000).then(
    () => true,
    () => false,
  );
}

/** True of a primary that so many replicas follow without lag. */
export async function isFollowed(primary: RedisServer, replicas: number): Promise<boolean> {
  const info = await primary.info('replication');
  const following = [...info].filter(
    ([name, value]) => /^slave\d+$/.test(name) && /state=online.*lag=[01]$/.test(value),
  );
  return info.get('role') === 'master' && following.length === replicas;
}

/** True once these replicas, and no others, follow their primary and have all that it has. */
export async function isWhole(
  primary: RedisServer,
  replicas: readonly RedisServer[],
): Promise<boolean> {
  if (!(await isFollowed(primary, replicas.length))) return false;
  if (!(await Promise.all(replicas.map(isLinked))).every(Boolean)) return false;
  // A link that has just been mended may carry acknowledgements before it carries data.
  const offset = Number((await primary.info('replication')).get('master_repl_offset'));
  return (await Promise.all(replicas.map((one) => catchesUp(one, offset)))).every(Boolean);
}

/** Of a URL: `user:password@`, `:password@` or nothing. */
export const login = (password: string | undefined): string =>
  password === undefined ? '' : `:${encodeURIComponent(password)}@`;

/** True of a server that carries out a write now. */
export async function takesWrites(node: RedisServer): Promise<boolean> {
  return typeof (await node.cli('DEL', 'probe')) === 'number';
}

/** Starts a node as a replica, whatever it was when it ended. */
export async function rejoinAs(node: Node, primary: Node): Promise<void> {
  const file = join(node.dir, 'redis.conf');
  const lines = readFileSync(file, 'utf8').split('\n');
  const kept = lines.filter((line) => !/^(replicaof|slaveof) /i.test(line));
  writeFileSync(file, [...kept, `replicaof ${primary.address} ${primary.port}`, ''].join('\n'));
  await node.restart();
}
