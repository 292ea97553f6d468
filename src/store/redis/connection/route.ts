/** Which server is the primary of a partition just now. */
import type { Partition } from '../keys.ts';
import type { Node } from './node.ts';

export interface Route {
  /** Undefined where none is known. */
  nodeFor(partition: Partition): Node | undefined;
  /**
   * The server that a MOVED or ASK names.
   * @param target `host:port`; without a host it is that of `from`
   */
  redirected(
    kind: 'MOVED' | 'ASK',
    partition: Partition,
    target: string,
    from: Node,
  ): Node | undefined;
  /** A server failed a call: there may be another primary by now. */
  suspect(node: Node | undefined): void;
  nodes(): readonly Node[];
  close(): void;
}

/** Always the same server. */
export function fixedRoute(node: Node): Route {
  return {
    nodeFor: () => node,
    redirected: () => undefined,
    suspect: () => undefined,
    nodes: () => [node],
    close: () => node.close(),
  };
}
