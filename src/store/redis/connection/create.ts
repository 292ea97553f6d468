/** Puts the connection together: address, servers, scripts, time limits, breakers. */
import type { Clock } from '../../../clock.ts';
import { storeUnavailable } from '../../../errors.ts';
import type { Logger } from '../../../log.ts';
import { PARTITIONS, type Keys, type Partition } from '../keys.ts';
import type { RedisAddress } from './address.ts';
import type { BreakerState } from './breaker.ts';
import { createDurableQueue } from './durable.ts';
import { inspectServer } from './inspect.ts';
import { accessOf, openRoute } from './open-route.ts';
import { createCalls, type OnCall, type Pending } from './pending.ts';
import type { DurableReply, Redis, ScriptCall } from './redis.ts';
import type { Route } from './route.ts';
import { runScript } from './run-script.ts';
import { loadScripts, type Script } from './script-files.ts';
import { createSubscription } from './subscription.ts';
import { readTls, type TlsFiles } from './tls.ts';

export interface RedisOptions {
  readonly address: RedisAddress;
  /** For an address that begins with `rediss`. */
  readonly tls?: TlsFiles;
  /** How many replicas `runDurably` waits for; 0: it does not wait. */
  readonly replicas: number;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of every call's end, for metrics. */
  readonly onCall?: OnCall;
  /** Default: those that lie in scripts/. */
  readonly scripts?: ReadonlyMap<string, Script>;
}

/** Milliseconds. */
const READY_CHECK = 10;

function worstState(route: Route): BreakerState {
  const states = route
    .nodes()
    .flatMap(({ run, durable }) => [run.breaker.state(), durable.breaker.state()]);
  if (states.includes('open')) return 'open';
  return states.includes('half_open') ? 'half_open' : 'closed';
}

function isReady(route: Route): boolean {
  return PARTITIONS.every((partition) => {
    const node = route.nodeFor(partition);
    return node !== undefined && node.run.line.ready() && node.durable.line.ready();
  });
}

async function untilReady(route: Route, milliseconds: number): Promise<boolean> {
  const end = performance.now() + milliseconds;
  while (!isReady(route)) {
    if (performance.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, READY_CHECK));
  }
  return true;
}

/**
 * Connects in the background: the server may be down at the start, and is used once it is there.
 * @throws AppError `bad_request` for TLS files that are of no use
 */
export function createRedis(options: RedisOptions): Redis {
  const { address, clock, log, keys, onCall, replicas } = options;
  const listeners: ((partition: Partition) => void)[] = [];
  const scripts = options.scripts ?? loadScripts();
  const onClosed = (partition: Partition): void => {
    for (const listener of listeners) listener(partition);
  };
  const access = accessOf(address, readTls(options.tls ?? {}));
  const calls = createCalls({ clock, log, keys, scripts, onCall, onClosed });
  const route = openRoute(address, access, log);
  const subscription = createSubscription(route, access, log);
  const durable = createDurableQueue({ route, keys, replicas });

  const start = (call: ScriptCall, send: (pending: Pending) => void): Promise<DurableReply> =>
    new Promise((resolve, reject) => {
      send(calls.begin(call, resolve, reject));
    });
  return {
    run: (call) => start(call, (pending) => runScript(pending, route, (node) => node.run)),
    runDurably: (call) =>
      start(call, (pending) => {
        if (replicas > 0) durable.add(pending);
        else runScript(pending, route, (node) => node.durable);
      }),
    subscribe: (channel, on) => subscription.add(channel, on),
    onClosed: (listener) => void listeners.push(listener),
    state: () => worstState(route),
    ready: (milliseconds) => untilReady(route, milliseconds),
    async inspect(settings) {
      const nodes = route.nodes();
      if (nodes.length === 0) throw storeUnavailable('redis: no primary is known');
      return Promise.all(nodes.map(({ run }) => inspectServer(run.line, settings)));
    },
    close() {
      subscription.close();
      calls.close();
      route.close();
      return Promise.resolve();
    },
  };
}
