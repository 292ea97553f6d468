import type { Node } from './node.ts';
import type { Reply } from './resp.ts';
import { primaryName } from './sentinel-nodes.ts';

/** The field-value pairs of one server that a sentinel describes. */
function fields(reply: Reply | undefined): ReadonlyMap<string, string> {
  const words = Array.isArray(reply) ? reply.map(String) : [];
  return new Map(words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1] ?? '']] : [])));
}

/** Whether this sentinel knows of nothing that is wrong. */
export async function isContent(sentinel: Node, primary: Node): Promise<boolean> {
  const [about, replicas, others] = await Promise.all([
    sentinel.cli('SENTINEL', 'MASTER', primaryName),
    sentinel.cli('SENTINEL', 'REPLICAS', primaryName),
    sentinel.cli('SENTINEL', 'SENTINELS', primaryName),
    sentinel.cli('SENTINEL', 'CKQUORUM', primaryName),
  ]);
  const master = fields(about);
  const linked = (replicas as readonly Reply[]).map(fields).filter((one) => {
    const follows = one.get('master-host') === primary.address;
    return one.get('flags') === 'slave' && one.get('master-link-status') === 'ok' && follows;
  });
  const peers = (others as readonly Reply[]).map(fields);
  return (
    master.get('ip') === primary.address &&
    master.get('flags') === 'master' &&
    linked.length === 2 &&
    peers.filter((one) => one.get('flags') === 'sentinel').length === 2
  );
}
