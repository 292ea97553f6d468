/** The primaries as the nodes of a Cluster know them (https://redis.io/docs/latest/commands/cluster-slots/). */
import type { Logger } from '../../../log.ts';
import { PARTITIONS, type Partition } from '../keys.ts';
import { ask } from './ask.ts';
import type { Access } from './client-options.ts';
import { endpointText, type Endpoint } from './endpoint.ts';
import { openLine, type Line } from './line.ts';
import { newestOf, readEndpoint, type Dated, type Look } from './look.ts';
import { slotOf } from './slot.ts';

/** Nodes that are asked besides those that the settings name. */
const FURTHER_SCOUTS = 8;

interface Range {
  readonly start: number;
  readonly end: number;
  /** The primary first. */
  readonly nodes: readonly Endpoint[];
}

/** A node that does not know its own name leaves the host empty: then it is the one under which it was asked. */
function readNode(value: unknown, asked: Endpoint): Endpoint | undefined {
  if (!Array.isArray(value)) return undefined;
  const [host, port] = value as readonly unknown[];
  return readEndpoint(host === null || host === '' ? asked.host : host, port);
}

export function readSlots(value: unknown, asked: Endpoint): Range[] {
  if (!Array.isArray(value)) return [];
  const ranges: Range[] = [];
  for (const row of value as readonly unknown[]) {
    if (!Array.isArray(row)) continue;
    const [start, end, ...rest] = row as readonly unknown[];
    const nodes = rest.map((node) => readNode(node, asked));
    // Without its first node, which is the primary, a range says nothing.
    if (typeof start !== 'number' || typeof end !== 'number' || nodes[0] === undefined) continue;
    ranges.push({ start, end, nodes: nodes.filter((node) => node !== undefined) });
  }
  return ranges;
}

async function slots(line: Line): Promise<Dated<Range[]> | undefined> {
  const [info, table] = await Promise.all([
    ask(line, 'cluster', 'info'),
    ask(line, 'cluster', 'slots'),
  ]);
  if (typeof info !== 'string' || !info.includes('cluster_state:ok')) return undefined;
  const epoch = Number(/cluster_current_epoch:(\d+)/.exec(info)?.[1]);
  const answer = readSlots(table, line.server);
  return Number.isNaN(epoch) || answer.length === 0 ? undefined : { epoch, answer };
}

export function primariesOf(ranges: readonly Range[]): Map<Partition, Endpoint> {
  const found = new Map<Partition, Endpoint>();
  for (const partition of PARTITIONS) {
    const slot = slotOf(partition);
    const primary = ranges.find(({ start, end }) => start <= slot && slot <= end)?.nodes[0];
    if (primary !== undefined) found.set(partition, primary);
  }
  return found;
}

/** @param onReady called when a node can be asked that could not before */
export function lookAtCluster(
  seeds: readonly Endpoint[],
  access: Access,
  log: Logger,
  onReady: () => void,
): Look {
  const scouts = new Map<string, Line>();
  const seedNames = new Set(seeds.map(endpointText));
  const onState = (up: boolean): void => {
    if (up) onReady();
  };
  const open = (server: Endpoint): void => {
    const name = endpointText(server);
    if (scouts.has(name)) return;
    scouts.set(name, openLine({ server, access, name: 'wharfpass-scout', log, onState }));
  };
  seeds.forEach(open);

  /** The nodes of a Cluster change over the years; those that the settings name may all be gone one day. */
  function follow(ranges: readonly Range[]): void {
    const members = new Map(
      ranges.flatMap(({ nodes }) => nodes).map((node) => [endpointText(node), node]),
    );
    for (const [name, line] of scouts) {
      if (seedNames.has(name) || members.has(name)) continue;
      line.close();
      scouts.delete(name);
    }
    for (const node of members.values()) {
      if (scouts.size < seedNames.size + FURTHER_SCOUTS) open(node);
    }
  }

  return {
    async look() {
      const ranges = await newestOf(scouts.values(), slots);
      if (ranges === undefined) return undefined;
      follow(ranges);
      return primariesOf(ranges);
    },
    close: () => scouts.forEach((line) => line.close()),
  };
}
