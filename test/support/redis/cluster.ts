/** A Redis Cluster of three primaries with their replicas, each on a host of its own. */
import { until } from './child.ts';
import { openNetwork, type Network, type NetworkKind } from './network.ts';
import { login, type Node } from './node.ts';
import { formCluster, shardCount, startClusterNode, type ClusterNodeSpec } from './cluster-form.ts';
import { clusterView } from './cluster-view.ts';
import type { Config } from './server.ts';

export interface ClusterOptions {
  /** Milliseconds of silence after which a node counts as failed; default 1000. */
  readonly nodeTimeout?: number;
  /** Of each primary; default 1. With 1 nobody takes writes of a shard whose primary died, until it is back. */
  readonly replicas?: number;
  readonly password?: string;
  readonly config?: Config;
  /** Hosts besides, for clients that shall be cut off. */
  readonly clients?: readonly string[];
  readonly network?: NetworkKind;
}

export interface ClusterRedis {
  /** `redis+cluster://…`, with all nodes. */
  readonly url: string;
  readonly network: Network;
  readonly nodes: readonly Node[];
  /** Which of the three ranges of slots the key is in: 0, 1 or 2. */
  shardOfKey(key: string): Promise<number>;
  /** The running primary of a range of slots, as most running nodes see it. */
  primary(shard: number): Promise<Node>;
  primaryOfKey(key: string): Promise<Node>;
  replicas(shard: number): Promise<readonly Node[]>;
  /** SIGKILL. Resolves to what was the primary of the range. */
  killPrimary(shard: number): Promise<Node>;
  /** Resolves once another node than this serves the range, with the milliseconds that it took. */
  promoted(shard: number, before: Node): Promise<{ readonly node: Node; readonly ms: number }>;
  /** Starts a killed node; the cluster makes it a replica if it was replaced. */
  restart(node: Node): Promise<void>;
  /** Stops all that passes between the primary of a range and its replicas, the cluster bus among it. */
  freezeReplicationLinks(shard: number): Promise<void>;
  heal(): Promise<void>;
  /** Every node runs and says that the cluster is well, and every replica has what its primary has. */
  waitHealthy(patience?: number): Promise<void>;
  stop(): Promise<void>;
}

async function startNodes(network: Network, names: readonly string[], spec: ClusterNodeSpec) {
  const nodes = await Promise.all(names.map((name) => startClusterNode(network, name, spec)));
  await formCluster(nodes);
  return nodes;
}

export async function startCluster(options: ClusterOptions = {}): Promise<ClusterRedis> {
  const { nodeTimeout = 1000, replicas = 1, password, config, clients = [] } = options;
  const names = Array.from({ length: shardCount * (1 + replicas) }, (_, at) => `node${at + 1}`);
  const network = await openNetwork([...names, ...clients], options.network);
  const nodes = await startNodes(network, names, { nodeTimeout, password, config });
  const view = clusterView(nodes);
  const shards = Array.from({ length: shardCount }, (_, at) => at);

  async function waitHealthy(patience = 30_000): Promise<void> {
    const isHealthy = async (): Promise<boolean> =>
      [
        ...(await Promise.all(nodes.map(view.isWell))),
        ...(await Promise.all(shards.map(view.shardIsWell))),
      ].every(Boolean);
    await until('a healthy cluster', isHealthy, patience, 50);
  }
  await waitHealthy();
  const seeds = nodes.map(({ address, port }) => `${address}:${port}`).join(',');
  return {
    url: `redis+cluster://${login(password)}${seeds}`,
    network,
    nodes,
    shardOfKey: view.shardOfKey,
    primary: view.primary,
    primaryOfKey: async (key) => view.primary(await view.shardOfKey(key)),
    replicas: view.replicas,
    async killPrimary(shard) {
      const victim = await view.primary(shard);
      await victim.kill();
      return victim;
    },
    async promoted(shard, before) {
      const begun = performance.now();
      let node = before;
      const isNew = async (): Promise<boolean> => {
        node = await view.primary(shard);
        return node !== before;
      };
      await until('a new primary', isNew, 30_000);
      return { node, ms: performance.now() - begun };
    },
    restart: (node) => node.restart(),
    async freezeReplicationLinks(shard) {
      const now = await view.primary(shard);
      const others = await view.replicas(shard);
      await network.partition(
        [now.name],
        others.map(({ name }) => name),
      );
    },
    heal: network.heal,
    waitHealthy,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
      await network.close();
    },
  };
}
