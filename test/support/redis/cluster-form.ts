import { until } from './child.ts';
import type { Network } from './network.ts';
import { replicated, startNode, type Node } from './node.ts';
import type { Config } from './server.ts';

/** How many primaries share the 16384 slots, in equal ranges. */
export const shardCount = 3;
const slots = 16_384;

/** First and last slot of a shard. */
export function range(shard: number): [first: number, last: number] {
  const start = (at: number): number => Math.round((at * slots) / shardCount);
  return [start(shard), start(shard + 1) - 1];
}

export const shardOf = (slot: number): number =>
  Array.from({ length: shardCount }, (_, at) => at).find((at) => slot <= range(at)[1]) ?? 0;

export interface ClusterNodeSpec {
  /** `cluster-node-timeout`, in milliseconds. */
  readonly nodeTimeout: number;
  readonly password?: string | undefined;
  readonly config?: Config | undefined;
}

export async function startClusterNode(
  network: Network,
  name: string,
  { nodeTimeout, password, config }: ClusterNodeSpec,
): Promise<Node> {
  const host = network.host(name);
  const bus = await host.serve(16_379);
  return startNode(host, 6379, {
    ...(password !== undefined && { password }),
    config: {
      ...replicated,
      'cluster-enabled': 'yes',
      'cluster-node-timeout': nodeTimeout,
      'cluster-port': bus.port,
      'cluster-announce-ip': host.address,
      'cluster-announce-port': 6379,
      'cluster-announce-bus-port': 16_379,
      ...(password !== undefined && { masterauth: JSON.stringify(password) }),
      ...config,
    },
  });
}

/** A line of CLUSTER NODES. */
export interface Member {
  readonly id: string;
  readonly address: string;
  readonly flags: readonly string[];
  /** Of a replica: the id of its primary. */
  readonly follows: string;
  /** Of a primary: its ranges of slots, as `0-5460`. */
  readonly ranges: readonly string[];
}

export async function membersSeenBy(node: Node): Promise<readonly Member[]> {
  const text = String(await node.cli('CLUSTER', 'NODES'));
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', where = '', flags = '', follows = '', , , , , ...ranges] = line.split(' ');
      const address = where.split(':')[0] ?? '';
      return { id, address, flags: flags.split(','), follows, ranges };
    });
}

/** Makes one cluster of single nodes: the first three become primaries, the others their replicas in turn. */
export async function formCluster(nodes: readonly Node[]): Promise<void> {
  const ids = await Promise.all(
    nodes.map(async (node) => String(await node.cli('CLUSTER', 'MYID'))),
  );
  const [first] = nodes as [Node];
  // Two equal epochs would have to be settled by a conflict first.
  await Promise.all(nodes.map((node, at) => node.cli('CLUSTER', 'SET-CONFIG-EPOCH', at + 1)));
  for (let shard = 0; shard < shardCount; shard++) {
    await nodes[shard]?.cli('CLUSTER', 'ADDSLOTSRANGE', ...range(shard));
  }
  await Promise.all(
    nodes.slice(1).map(({ address }) => first.cli('CLUSTER', 'MEET', address, 6379, 16_379)),
  );
  await until('that all nodes have met', async () => {
    const views = await Promise.all(nodes.map(membersSeenBy));
    return views.every((view) => ids.every((id) => view.some((one) => one.id === id)));
  });
  for (const [at, node] of nodes.slice(shardCount).entries()) {
    await node.cli('CLUSTER', 'REPLICATE', ids[at % shardCount] as string);
  }
}
