/**
 * Scripts whose effect must reach replicas before their caller is told. Per server one group is under way at a time;
 * calls that come meanwhile make up the next, so a hundred ends of jobs cost one WAIT and not a hundred, one after the
 * other.
 */
import type { Keys } from '../keys.ts';
import { createGroupSender, left, MARGIN, type Entry } from './durable-group.ts';
import { CallFault } from './fault.ts';
import type { Node } from './node.ts';
import type { Pending } from './pending.ts';
import type { Route } from './route.ts';
import { FIRST, isEarly, SHORTLY, type Again } from './run-script.ts';

const GROUP = 256;

export interface DurableQueue {
  add(pending: Pending, again?: Again): void;
}

export interface DurableOptions {
  readonly route: Route;
  readonly keys: Keys;
  /** How many replicas to wait for, at least 1. */
  readonly replicas: number;
}

interface NodeQueue {
  waiting: Entry[];
  underWay: boolean;
  known: Set<string>;
  /** Of the connection over which the server was found to know them. */
  generation: number;
}

export function createDurableQueue({ route, keys, replicas }: DurableOptions): DurableQueue {
  const queues = new WeakMap<Node, NodeQueue>();
  const sendGroup = createGroupSender({ route, keys, replicas, again: add });

  function queueOf(node: Node): NodeQueue {
    const fresh = { waiting: [], underWay: false, known: new Set<string>(), generation: 0 };
    const queue = queues.get(node) ?? fresh;
    queues.set(node, queue);
    return queue;
  }

  function add(pending: Pending, again?: Again): void {
    const node = again?.node ?? route.nodeFor(pending.partition);
    if (node === undefined) {
      route.suspect(undefined);
      return pending.fail(new CallFault('failed', 'no primary is known', true));
    }
    if (again !== undefined && isEarly(again, node.durable, pending)) {
      setTimeout(() => add(pending, { ...again, pause: false }), SHORTLY);
      return;
    }
    const queue = queueOf(node);
    queue.waiting.push({ pending, manner: again?.manner ?? FIRST });
    if (!queue.underWay && queue.waiting.length === 1) queueMicrotask(() => next(node, queue));
  }

  function failAll(entries: readonly Entry[], fault: CallFault): void {
    for (const { pending } of entries) pending.fail(fault);
  }

  /** The calls of the next group; those that cannot be served any more are ended here. */
  function take(node: Node, queue: NodeQueue): readonly Entry[] {
    const taken = queue.waiting.splice(0, GROUP).filter(({ pending }) => !pending.settled());
    const inTime = taken.filter((entry) => left(entry) > MARGIN);
    const late = taken.filter((entry) => !inTime.includes(entry));
    failAll(late, new CallFault('timeout', 'no time left for WAIT', true));
    if (inTime.length === 0 || node.durable.breaker.admits()) return inTime;
    route.suspect(node);
    failAll(inTime, new CallFault('short_circuited', 'the circuit breaker is open', true));
    return [];
  }

  function next(node: Node, queue: NodeQueue): void {
    if (queue.underWay) return;
    while (queue.waiting.length > 0) {
      const [first, ...others] = take(node, queue);
      if (first === undefined) continue;
      const generation = node.durable.line.generation();
      if (generation !== queue.generation) queue.known = new Set();
      queue.generation = generation;
      queue.underWay = true;
      sendGroup({ node, entries: [first, ...others], known: queue.known }, () => {
        queue.underWay = false;
        next(node, queue);
      });
      return;
    }
  }

  return { add };
}
