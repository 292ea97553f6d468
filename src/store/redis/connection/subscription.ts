/** A third connection, to the primary of the directory, over which instances tell each other that something changed. */
import { Redis as Client } from 'ioredis';
import type { Logger } from '../../../log.ts';
import { DIRECTORY } from '../keys.ts';
import { clientOptions, type Access } from './client-options.ts';
import { endpointText, type Endpoint } from './endpoint.ts';
import type { Route } from './route.ts';

export interface Listener {
  message(text: string): void;
  /** `false`: messages may be lost from now on; `true`: the subscription stands (again). */
  state(up: boolean): void;
}

export interface Subscription {
  /** Resolves once it stands, or after `PATIENCE`; the listener's `state` tells which. */
  add(channel: string, listener: Listener): Promise<void>;
  close(): void;
}

/** Milliseconds. A link that is dead without a word is found out by its missing answer to a PING. */
const HEARTBEAT = 250;
const PATIENCE = 400;

interface Subscriber {
  readonly server: Endpoint;
  readonly client: Client;
}

export function createSubscription(route: Route, access: Access, log: Logger): Subscription {
  const listeners = new Map<string, Set<Listener>>();
  let current: Subscriber | undefined;
  let up = false;
  let beating: NodeJS.Timeout | undefined;
  const waiters = new Set<() => void>();

  function setState(next: boolean): void {
    if (next === up) return;
    up = next;
    for (const set of listeners.values()) for (const listener of set) listener.state(up);
    if (!up) return;
    for (const wake of waiters) wake();
    waiters.clear();
  }

  async function subscribe(client: Client): Promise<void> {
    try {
      await client.subscribe(...listeners.keys());
      if (current?.client === client && client.status === 'ready') setState(true);
    } catch {
      client.stream.destroy();
    }
  }

  function open(server: Endpoint): void {
    const client = new Client(clientOptions(server, access, 'wharfpass-subscription'));
    current = { server, client };
    const isCurrent = (): boolean => current?.client === client;
    client.on('error', (error: Error) =>
      log.debug(
        { server: endpointText(server), reason: error.message.slice(0, 200) },
        'redis error',
      ),
    );
    client.on('ready', () => void subscribe(client));
    client.on('close', () => {
      if (isCurrent()) setState(false);
    });
    client.on('message', (channel: string, text: string) => {
      if (isCurrent()) for (const listener of listeners.get(channel) ?? []) listener.message(text);
    });
  }

  /** Goes where the primary is now. */
  function follow(): void {
    const server = route.nodeFor(DIRECTORY)?.server;
    if (server === undefined) return;
    if (current !== undefined && endpointText(current.server) === endpointText(server)) return;
    const before = current;
    setState(false);
    open(server);
    before?.client.disconnect();
  }

  async function beat(): Promise<void> {
    follow();
    const client = current?.client;
    if (client?.status !== 'ready') return;
    try {
      await client.ping();
    } catch {
      if (client.status === 'ready') client.stream.destroy();
      if (current?.client === client) setState(false);
    }
  }

  return {
    async add(channel, listener) {
      const known = listeners.get(channel) ?? new Set();
      listeners.set(channel, known.add(listener));
      setState(false);
      beating ??= setInterval(() => void beat(), HEARTBEAT).unref();
      follow();
      if (current?.client.status === 'ready') void subscribe(current.client);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, PATIENCE);
        waiters.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
    close() {
      clearInterval(beating);
      const before = current;
      setState(false);
      current = undefined;
      before?.client.disconnect();
      for (const wake of waiters) wake();
    },
  };
}
