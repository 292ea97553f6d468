/**
 * `[script, script, …, mark, WAIT]`, all on one connection.
 *
 * WAIT counts the replicas that have what *this connection* wrote. A script that finds its work done already writes
 * nothing, and WAIT on a fresh connection would then count replicas that lack the earlier write. The mark is there so
 * that there is always a write, and it stands behind everything that the scripts saw. It is a script itself because a
 * server at its memory limit refuses a plain SET. See https://redis.io/docs/latest/commands/wait/
 */
import type { Keys } from '../keys.ts';
import { faultOf } from './fault.ts';
import type { Node } from './node.ts';
import { CALL_LIMIT, type Pending } from './pending.ts';
import type { ScriptReply } from './redis.ts';
import type { Route } from './route.ts';
import {
  afterError,
  failCall,
  ignored,
  sendScript,
  type Again,
  type Manner,
} from './run-script.ts';

/** Milliseconds; the server may take 100 more to notice that they have passed. */
const WAIT_LIMIT = 150;
/** What is left for the way there and back after WAIT gave up. */
export const MARGIN = 50;
/** The key never outlives the script: one that stayed could be in two places while its slot moves. */
const MARK = `#!lua flags=allow-oom
redis.call('SET', KEYS[1], '')
redis.call('DEL', KEYS[1])
return ARGV[1]`;

export interface Entry {
  readonly pending: Pending;
  readonly manner: Manner;
  reply?: ScriptReply;
}

export interface Group {
  readonly node: Node;
  readonly entries: readonly [Entry, ...Entry[]];
  /** Hashes of the scripts that the server is known to have; others are sent whole, as a second try costs a WAIT. */
  readonly known: Set<string>;
}

export interface GroupOptions {
  readonly route: Route;
  readonly keys: Keys;
  /** How many replicas to wait for, at least 1. */
  readonly replicas: number;
  /** Called for a call that has to be sent once more. */
  again(pending: Pending, again: Again): void;
}

/** Milliseconds that a call has left. */
export const left = ({ pending }: Entry): number =>
  pending.startedAt + CALL_LIMIT - performance.now();

/** @param over called once everything was answered, or failed */
export type SendGroup = (group: Group, over: () => void) => void;

export function createGroupSender({ route, keys, replicas, again }: GroupOptions): SendGroup {
  function sendScripts({ node, entries, known }: Group): void {
    for (const entry of entries) {
      const { pending } = entry;
      const { sha } = pending.script;
      const manner = known.has(sha) ? entry.manner : { ...entry.manner, verb: 'eval' as const };
      sendScript(node.durable, pending, manner, (result) => {
        if (!(result instanceof Error)) {
          known.add(sha);
          entry.reply = result;
          return;
        }
        known.delete(sha);
        const next = afterError(result, pending, node, manner, route);
        if (next === undefined) failCall(result, pending, node.durable, node, route);
        else again(pending, next);
      });
    }
  }

  /** @param count WAIT's answer */
  function settle({ node, entries }: Group, count: unknown): void {
    const answered = entries.flatMap(({ pending, reply }) => (reply ? [{ pending, reply }] : []));
    if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) {
      for (const { pending, reply } of answered) pending.resolve(reply, count);
    } else if (answered.length > 0) {
      const { breaker, line } = node.durable;
      if (!(count instanceof Error)) line.reset();
      const fault = faultOf(count instanceof Error ? count : new Error('WAIT gave no number'));
      breaker.failed();
      route.suspect(node);
      for (const { pending } of answered) pending.fail(fault);
    }
  }

  return (group, over) => {
    const { line } = group.node.durable;
    sendScripts(group);
    const [{ pending, manner }] = group.entries;
    let written = false;
    if (manner.asking) line.send('asking', [], ignored);
    line.send('eval', [MARK, '1', keys.written(pending.partition), pending.nonce], {
      answered: (value) => {
        written = value === pending.nonce;
      },
      failed: () => undefined,
    });
    const shortest = Math.floor(Math.min(...group.entries.map(left)) - MARGIN);
    // 0 would wait for ever.
    const limit = Math.max(1, Math.min(WAIT_LIMIT, shortest));
    const end = (count: unknown): void => {
      settle(group, count);
      over();
    };
    line.send('wait', [String(replicas), String(limit)], {
      answered: (value) => end(written ? value : undefined),
      failed: end,
    });
  };
}
