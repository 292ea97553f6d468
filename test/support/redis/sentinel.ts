/** One primary, two replicas and three sentinels, each on a host of its own. */
import { until } from './child.ts';
import { openNetwork, type Network } from './network.ts';
import { isWhole, login, rejoinAs, takesWrites, type Node } from './node.ts';
import { startDataNodes, startSentinels, type SentinelOptions } from './sentinel-nodes.ts';
import { dataNames, primaryName, sentinelNames } from './sentinel-nodes.ts';
import { isContent } from './sentinel-view.ts';

export interface Promotion {
  readonly node: Node;
  /** Milliseconds since it was awaited. */
  readonly ms: number;
}

export interface SentinelRedis {
  /** `redis+sentinel://…`, with all three sentinels. */
  readonly url: string;
  readonly network: Network;
  readonly nodes: readonly Node[];
  readonly sentinels: readonly Node[];
  /** The one that at least two sentinels name. */
  primary(): Promise<Node>;
  /** The other two data nodes, whether they run or not. */
  replicas(): Promise<readonly Node[]>;
  /** SIGKILL. Resolves to what was the primary. */
  killPrimary(): Promise<Node>;
  /** Starts a killed node as a replica of today's primary. */
  rejoin(node: Node): Promise<void>;
  /** Resolves once two sentinels name another primary than this and that one takes writes. */
  promoted(before: Node): Promise<Promotion>;
  /** Kills the primary, awaits the next one, and has the killed one join again. Gives the time without a primary. */
  failover(): Promise<Promotion>;
  /** Stops all that passes between the primary and its replicas. Sentinels and clients still reach each of them. */
  freezeReplicationLinks(): Promise<void>;
  /**
   * Ends every cut of the network. What was sent meanwhile still arrives, even from a process that has been killed: to
   * lose it as a machine that burns down does, heal only after the promotion.
   */
  heal(): Promise<void>;
  /** Every replica has what the primary has, no write waits for one, and each sentinel sees all and would agree to a failover. */
  waitHealthy(patience?: number): Promise<void>;
  stop(): Promise<void>;
}

/** Opens the network and starts all six servers; healthy when it resolves. */
export async function startSentinel(options: SentinelOptions = {}): Promise<SentinelRedis> {
  const { clients = [], password, sentinelPassword } = options;
  const network = await openNetwork([...dataNames, ...sentinelNames, ...clients], options.network);
  const nodes = await startDataNodes(network, options);
  const sentinels = await startSentinels(network, options);

  async function primary(): Promise<Node> {
    const up = sentinels.filter((sentinel) => sentinel.running());
    const named = await Promise.all(
      up.map((sentinel) => sentinel.cli('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', primaryName)),
    );
    const votes = named.map((reply) => (Array.isArray(reply) ? reply[0] : undefined));
    const found = nodes.find((node) => votes.filter((one) => one === node.address).length >= 2);
    if (found === undefined) throw new Error('no two sentinels agree on a primary');
    return found;
  }
  async function replicas(): Promise<readonly Node[]> {
    const now = await primary();
    return nodes.filter((node) => node !== now);
  }
  async function killPrimary(): Promise<Node> {
    const victim = await primary();
    await victim.kill();
    return victim;
  }
  const rejoin = async (node: Node): Promise<void> => rejoinAs(node, await primary());

  async function promoted(before: Node): Promise<Promotion> {
    const begun = performance.now();
    let node = before;
    const isNew = async (): Promise<boolean> => {
      node = await primary();
      return node !== before && (await takesWrites(node));
    };
    await until('a new primary', isNew, 30_000);
    return { node, ms: performance.now() - begun };
  }

  async function waitHealthy(patience = 30_000): Promise<void> {
    const isHealthy = async (): Promise<boolean> => {
      const now = await primary();
      const others = nodes.filter((node) => node !== now);
      const good = await Promise.all([
        isWhole(now, others),
        ...sentinels.map((sentinel) => isContent(sentinel, now)),
      ]);
      return good.every(Boolean) && takesWrites(now);
    };
    await until('a healthy set with sentinels', isHealthy, patience, 50);
  }

  const seeds = sentinels.map(({ address, port }) => `${address}:${port}`).join(',');
  const query =
    sentinelPassword === undefined
      ? ''
      : `?sentinel_password=${encodeURIComponent(sentinelPassword)}`;
  await waitHealthy();
  return {
    url: `redis+sentinel://${login(password)}${seeds}/${primaryName}${query}`,
    network,
    nodes,
    sentinels,
    primary,
    replicas,
    killPrimary,
    rejoin,
    promoted,
    async failover() {
      const victim = await killPrimary();
      const promotion = await promoted(victim);
      await rejoin(victim);
      return promotion;
    },
    async freezeReplicationLinks() {
      const now = await primary();
      const others = nodes.filter((node) => node !== now);
      await network.partition(
        [now.name],
        others.map(({ name }) => name),
      );
    },
    heal: network.heal,
    waitHealthy,
    async stop() {
      await Promise.all([...sentinels, ...nodes].map((node) => node.stop()));
      await network.close();
    },
  };
}
