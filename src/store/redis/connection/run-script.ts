/** Sends one script, by its hash first, to the server of its partition, and follows where the server points. */
import { CallFault, faultOf, isUnknownScript } from './fault.ts';
import type { Channel, Node } from './node.ts';
import type { Pending } from './pending.ts';
import { readReply } from './reply.ts';
import type { ScriptReply } from './redis.ts';
import type { Route } from './route.ts';

const REDIRECT = /^(MOVED|ASK) \d+ (\S+)/;
const REDIRECTS = 3;
/** Milliseconds. */
export const SHORTLY = 10;

/** How a script is sent: `eval` with its text, to a server that does not know it yet. */
export interface Manner {
  readonly verb: 'evalsha' | 'eval';
  /** The server is about to take over the slot, and answers only what asks for it. */
  readonly asking: boolean;
  /** How often this call has been sent somewhere else already. */
  readonly redirects: number;
}

export const FIRST: Manner = { verb: 'evalsha', asking: false, redirects: 0 };

/** What to do after an error. */
export interface Again {
  readonly node: Node;
  readonly manner: Manner;
  /** Not at once. */
  readonly pause: boolean;
}

/**
 * Whether to wait a little before the next try. A server that another one points at may be new to us, and connecting
 * takes a moment; the call's limit ends it.
 */
export const isEarly = (again: Again, channel: Channel, pending: Pending): boolean =>
  (again.pause || !channel.line.ready()) && !pending.settled();

export const ignored = { answered: () => undefined, failed: () => undefined };

/** Writes the command (and ASKING before it). The answer is checked; one that is out of step ends the connection. */
export function sendScript(
  channel: Channel,
  pending: Pending,
  manner: Manner,
  done: (result: ScriptReply | Error) => void,
): void {
  const { script, rest, nonce } = pending;
  const { line, breaker } = channel;
  if (manner.asking) line.send('asking', [], ignored);
  const name = manner.verb === 'eval' ? script.source : script.sha;
  line.send(manner.verb, [name, ...rest], {
    answered(value) {
      try {
        const reply = readReply(value, nonce);
        breaker.succeeded();
        done(reply);
      } catch (error) {
        line.reset();
        breaker.failed();
        done(new CallFault('failed', (error as Error).message, true));
      }
    },
    // One reply that was lost on its way shifts all that follow, and each would be given to a call that is over.
    late(value) {
      try {
        readReply(value, nonce);
      } catch {
        line.reset();
      }
    },
    failed(error) {
      // It answers, whatever it says: a second try of the same call must not be taken for a second probe.
      if (isHint(error)) breaker.succeeded();
      done(error);
    },
  });
}

/** Some keys of a slot that moves are here and some there, or nowhere yet. */
const isBetween = (error: Error): boolean => error.message.startsWith('TRYAGAIN');

/** The server says what to do instead. */
const isHint = (error: Error): boolean =>
  error.name === 'ReplyError' &&
  (isUnknownScript(error) || isBetween(error) || REDIRECT.test(error.message));

/** @returns where and how to send it again, or undefined where the error is the end of it */
export function afterError(
  error: Error,
  pending: Pending,
  node: Node,
  manner: Manner,
  route: Route,
): Again | undefined {
  if (error.name !== 'ReplyError' || pending.settled()) return undefined;
  if (isUnknownScript(error) && manner.verb === 'evalsha') {
    return { node, manner: { ...manner, verb: 'eval' }, pause: false };
  }
  if (isBetween(error)) return { node, manner, pause: true };
  const [, kind, target = ''] = REDIRECT.exec(error.message) ?? [];
  if (kind === undefined || manner.redirects >= REDIRECTS) return undefined;
  const next = route.redirected(kind as 'MOVED' | 'ASK', pending.partition, target, node);
  if (next === undefined) return undefined;
  const redirects = manner.redirects + 1;
  const asking = kind === 'ASK';
  return { node: next, manner: { verb: 'evalsha', asking, redirects }, pause: false };
}

/** Ends a call with an error, and lets breaker and route know. */
export function failCall(
  error: Error,
  pending: Pending,
  channel: Channel,
  node: Node,
  route: Route,
): void {
  const fault = faultOf(error);
  if (!fault.ofServer) channel.breaker.succeeded();
  else {
    // An answer that is out of step has been counted where it was found.
    if (!(error instanceof CallFault)) channel.breaker.failed();
    route.suspect(node);
  }
  pending.fail(fault);
}

/** @param pick the connection of a node to use */
export function runScript(
  pending: Pending,
  route: Route,
  pick: (node: Node) => Channel,
  again?: Again,
): void {
  const node = again?.node ?? route.nodeFor(pending.partition);
  if (node === undefined) {
    route.suspect(undefined);
    return pending.fail(new CallFault('failed', 'no primary is known', true));
  }
  const channel = pick(node);
  if (again !== undefined && isEarly(again, channel, pending)) {
    setTimeout(() => runScript(pending, route, pick, { ...again, pause: false }), SHORTLY);
    return;
  }
  if (!channel.breaker.admits()) {
    route.suspect(node);
    return pending.fail(new CallFault('short_circuited', 'the circuit breaker is open', true));
  }
  const manner = again?.manner ?? FIRST;
  sendScript(channel, pending, manner, (result) => {
    if (!(result instanceof Error)) return pending.resolve(result, 0);
    const next = afterError(result, pending, node, manner, route);
    if (next === undefined) failCall(result, pending, channel, node, route);
    else runScript(pending, route, pick, next);
  });
}
