/** Follows the primaries of Sentinels or of a Cluster: looks each second, and at once when a call fails. */
import type { Logger } from '../../../log.ts';
import type { Partition } from '../keys.ts';
import type { Access } from './client-options.ts';
import { endpointText, type Endpoint } from './endpoint.ts';
import type { Look, View } from './look.ts';
import { readEndpoint } from './look.ts';
import { openNode, type Node } from './node.ts';
import type { Route } from './route.ts';

/** Milliseconds. */
const LOOK_EVERY = 1000;
const LOOK_AT_MOST_EVERY = 100;
/** For calls under way on a server that is a primary no more. */
const GRACE = 1000;

export interface WatchedRouteOptions {
  /** For the servers that hold the data. */
  readonly access: Access;
  readonly log: Logger;
  /** @param onReady to be called when it is worth looking at once */
  openLook(onReady: () => void): Look;
}

interface Pool {
  nodeAt(server: Endpoint): Node;
  /** Closes all but these, those in use after a while. */
  keepOnly(servers: Iterable<Endpoint>): void;
  all(): readonly Node[];
  close(): void;
}

function createPool(access: Access, log: Logger): Pool {
  const nodes = new Map<string, Node>();
  const leaving = new Map<Node, NodeJS.Timeout>();

  function leave(name: string, node: Node): void {
    nodes.delete(name);
    const end = (): void => {
      leaving.delete(node);
      node.close();
    };
    leaving.set(node, setTimeout(end, GRACE));
  }

  return {
    nodeAt(server) {
      const name = endpointText(server);
      const node = nodes.get(name) ?? openNode(server, access, log);
      nodes.set(name, node);
      return node;
    },
    keepOnly(servers) {
      const kept = new Set([...servers].map(endpointText));
      for (const [name, node] of nodes) if (!kept.has(name)) leave(name, node);
    },
    all: () => [...nodes.values()],
    close() {
      for (const [node, timer] of leaving) {
        clearTimeout(timer);
        node.close();
      }
      for (const node of nodes.values()) node.close();
    },
  };
}

function tell(log: Logger, before: View, after: View): void {
  const names = (view: View): string =>
    [...new Set([...view.values()].map(endpointText))].join(',');
  if (names(before) !== names(after)) log.info({ primaries: names(after) }, 'primaries of redis');
}

export function watchedRoute(options: WatchedRouteOptions): Route {
  const { access, log } = options;
  const pool = createPool(access, log);
  let primaries = new Map<Partition, Endpoint>();
  let lookedAt = -Infinity;
  let looking = false;
  let closed = false;
  let soon: NodeJS.Timeout | undefined;

  function take(view: View): void {
    tell(log, primaries, view);
    primaries = new Map(view);
    for (const server of view.values()) pool.nodeAt(server);
    pool.keepOnly(view.values());
  }

  async function lookNow(): Promise<void> {
    if (looking || closed) return;
    looking = true;
    lookedAt = performance.now();
    const view = await look.look();
    looking = false;
    if (view !== undefined && !closed) take(view);
  }

  /** Many calls fail at once, and one look serves them all. */
  function lookSoon(): void {
    if (closed || soon !== undefined) return;
    const wait = Math.max(0, lookedAt + LOOK_AT_MOST_EVERY - performance.now());
    soon = setTimeout(() => {
      soon = undefined;
      void lookNow();
    }, wait);
  }

  const look = options.openLook(lookSoon);
  const timer = setInterval(() => void lookNow(), LOOK_EVERY).unref();

  return {
    nodeFor(partition) {
      const server = primaries.get(partition);
      return server && pool.nodeAt(server);
    },
    redirected(kind, partition, target, from) {
      const colon = target.lastIndexOf(':');
      const host = target.slice(0, colon);
      const server = readEndpoint(host === '' ? from.server.host : host, target.slice(colon + 1));
      if (server === undefined) return undefined;
      if (kind === 'MOVED') {
        primaries.set(partition, server);
        lookSoon();
      }
      return pool.nodeAt(server);
    },
    suspect: lookSoon,
    nodes: () => pool.all(),
    close() {
      closed = true;
      clearInterval(timer);
      clearTimeout(soon);
      look.close();
      pool.close();
    },
  };
}
