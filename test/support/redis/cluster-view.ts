import { membersSeenBy, range, shardCount, shardOf } from './cluster-form.ts';
import { isWhole, type Node } from './node.ts';

/** Who serves each range, who follows whom, asked of the running nodes. */
export function clusterView(nodes: readonly Node[]) {
  const running = (): Node[] => nodes.filter((node) => node.running());

  async function primary(shard: number): Promise<Node> {
    const ours = range(shard).join('-');
    const views = await Promise.all(running().map(membersSeenBy));
    const votes = views.map((view) => view.find(({ ranges }) => ranges.includes(ours))?.address);
    const found = running().find(
      ({ address }) => votes.filter((vote) => vote === address).length > votes.length / 2,
    );
    if (found === undefined) throw new Error(`no running primary of slots ${ours}`);
    return found;
  }

  async function replicas(shard: number): Promise<readonly Node[]> {
    const now = await primary(shard);
    const view = await membersSeenBy(now);
    const id = view.find(({ flags }) => flags.includes('myself'))?.id;
    const following = new Set(view.filter((one) => one.follows === id).map((one) => one.address));
    return nodes.filter(({ address }) => following.has(address));
  }

  const shardOfKey = async (key: string): Promise<number> =>
    shardOf(Number(await running()[0]?.cli('CLUSTER', 'KEYSLOT', key)));

  async function isWell(node: Node): Promise<boolean> {
    const state = String(await node.cli('CLUSTER', 'INFO'));
    const view = await membersSeenBy(node);
    const steady = view.every(({ flags }) => !flags.some((flag) => /fail|handshake/.test(flag)));
    return state.includes('cluster_state:ok') && view.length === nodes.length && steady;
  }

  async function shardIsWell(shard: number): Promise<boolean> {
    const now = await primary(shard);
    const others = await replicas(shard);
    return others.length === nodes.length / shardCount - 1 && isWhole(now, others);
  }
  return { primary, replicas, shardOfKey, isWell, shardIsWell };
}
