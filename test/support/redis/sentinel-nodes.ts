import { randomBytes } from 'node:crypto';
import type { Host, Network, NetworkKind } from './network.ts';
import { replicated, startNode, type Node } from './node.ts';
import type { Config } from './server.ts';

export interface SentinelOptions {
  /** Milliseconds of silence after which a sentinel holds a server to be down. */
  readonly downAfter?: number;
  /** Milliseconds; sentinels repeat a failover that did not succeed after twice as much. */
  readonly failoverTimeout?: number;
  readonly password?: string;
  readonly sentinelPassword?: string;
  /** Further settings of the data nodes. */
  readonly config?: Config;
  /** Hosts besides, for clients that shall be cut off. */
  readonly clients?: readonly string[];
  readonly network?: NetworkKind;
}

/** The name that sentinels know the primary by. */
export const primaryName = 'wharfpass';
export const dataNames: readonly string[] = ['node1', 'node2', 'node3'];
export const sentinelNames: readonly string[] = ['sentinel1', 'sentinel2', 'sentinel3'];

function startDataNode(
  host: Host,
  { password, config }: SentinelOptions,
  primary: Host | undefined,
): Promise<Node> {
  return startNode(host, 6379, {
    ...(password !== undefined && { password }),
    config: {
      ...replicated,
      'replica-announce-ip': host.address,
      'replica-announce-port': 6379,
      ...(password !== undefined && { masterauth: JSON.stringify(password) }),
      ...(primary !== undefined && { replicaof: `${primary.address} 6379` }),
      ...config,
    },
  });
}

/** The first is the primary. */
export async function startDataNodes(
  network: Network,
  options: SentinelOptions,
): Promise<readonly Node[]> {
  const [first = '', ...others] = dataNames;
  const primary = await startDataNode(network.host(first), options, undefined);
  const replicas = others.map((name) =>
    startDataNode(network.host(name), options, network.host(first)),
  );
  return [primary, ...(await Promise.all(replicas))];
}

/** A sentinel that knows all others from the start, as after days of running, so nobody has to be discovered. */
function sentinelLines(
  own: string,
  ids: ReadonlyMap<string, string>,
  network: Network,
  { downAfter = 1000, failoverTimeout = 1500, password, sentinelPassword }: SentinelOptions,
): string[] {
  const at = (host: string) => network.host(host).address;
  const [primary = '', ...replicas] = dataNames;
  const others = [...ids].filter(([name]) => name !== own);
  return [
    `myid ${ids.get(own)}`,
    `announce-ip ${at(own)}`,
    'announce-port 26379',
    `monitor ${primaryName} ${at(primary)} 6379 2`,
    `down-after-milliseconds ${primaryName} ${downAfter}`,
    `failover-timeout ${primaryName} ${failoverTimeout}`,
    `parallel-syncs ${primaryName} 2`,
    ...(password === undefined ? [] : [`auth-pass ${primaryName} ${JSON.stringify(password)}`]),
    ...(sentinelPassword === undefined
      ? []
      : [`sentinel-pass ${JSON.stringify(sentinelPassword)}`]),
    ...replicas.map((name) => `known-replica ${primaryName} ${at(name)} 6379`),
    ...others.map(([name, id]) => `known-sentinel ${primaryName} ${at(name)} 26379 ${id}`),
  ].map((line) => `sentinel ${line}`);
}

export function startSentinels(network: Network, options: SentinelOptions): Promise<Node[]> {
  const ids = new Map(sentinelNames.map((name) => [name, randomBytes(20).toString('hex')]));
  const { sentinelPassword } = options;
  const start = async (name: string): Promise<Node> => {
    const sentinel = await startNode(network.host(name), 26379, {
      sentinel: true,
      lines: sentinelLines(name, ids, network, options),
      ...(sentinelPassword !== undefined && { password: sentinelPassword }),
    });
    // Looks at servers more often than by default, and puts a returned primary right after 4 x 300 ms, not 4 x 2 s.
    const periods = [
      'PING-PERIOD',
      250,
      'INFO-PERIOD',
      250,
      'PUBLISH-PERIOD',
      300,
      'ASK-PERIOD',
      100,
    ] as const;
    await sentinel.cli('SENTINEL', 'DEBUG', ...periods);
    return sentinel;
  };
  return Promise.all(sentinelNames.map(start));
}
