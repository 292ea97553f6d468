/** A TCP proxy in front of a Redis server that makes the faults of `fault.ts` on command. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { resetSocket } from './reset-socket.ts';
import { atEnd } from './child.ts';
import type { Fault } from './fault.ts';
import { relay } from './fault-relay.ts';
import { faultSource, type Choice, type Seen } from './fault-choice.ts';
import { steadyPort } from './single.ts';

export interface FaultProxyOptions {
  /** Default: a free one of 127.0.0.1. */
  readonly host?: string;
  readonly port?: number;
}

export interface FaultProxy {
  readonly host: string;
  readonly port: number;
  /** As the target's, with the proxy's address. */
  readonly url: string;
  /** The fault of every command from now on, also of those that wait for their reply. */
  set(fault: Fault, choice?: Choice): void;
  /** The fault of the nth command that is chosen, counted from now. Resolves when that command arrives. */
  next(fault: Fault, nth?: number, choice?: Choice): Promise<void>;
  /** Refuses connections, and resets those that stand. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Resets those that stand. */
  dropConnections(): void;
  /** No fault from now on, and the port open. Connections that hang stay as they are. */
  heal(): Promise<void>;
  readonly seen: Readonly<Seen>;
  close(): Promise<void>;
}

/** @param target where the server is; a `url` gives its scheme and login to the proxy's */
export async function startFaultProxy(
  target: { readonly host: string; readonly port: number; readonly url?: string },
  { host = '127.0.0.1', port: wanted }: FaultProxyOptions = {},
): Promise<FaultProxy> {
  const port = wanted ?? (await steadyPort());
  const seen: Seen = { connections: 0, open: 0, sent: 0, received: 0, commands: 0 };
  const source = faultSource(seen);
  const clients = new Set<Socket>();
  let listener: Server | undefined;

  function accept(client: Socket): void {
    const server = connect({ host: target.host, port: target.port, noDelay: true });
    seen.connections++;
    seen.open++;
    clients.add(client.setNoDelay());
    client.on('data', (chunk) => (seen.sent += chunk.length));
    server.on('data', (chunk) => (seen.received += chunk.length));
    client.on('error', () => server.destroy());
    server.on('error', () => resetSocket(client));
    client.on('close', () => {
      seen.open--;
      clients.delete(client);
    });
    relay(client, server, source);
  }
  const dropConnections = (): void => clients.forEach((client) => resetSocket(client));

  async function up(): Promise<void> {
    if (listener !== undefined) return;
    listener = createServer(accept).listen(port, host);
    await once(listener, 'listening');
  }
  async function down(): Promise<void> {
    const closing = listener;
    listener = undefined;
    const closed = closing && once(closing, 'close');
    closing?.close();
    dropConnections();
    await closed;
  }
  await up();
  const forget = atEnd(down);
  const url = new URL(target.url ?? 'redis://localhost');
  url.host = `${host}:${port}`;
  return {
    host,
    port,
    url: String(url),
    set: source.set,
    next: source.next,
    down,
    up,
    dropConnections,
    async heal() {
      source.clear();
      await up();
    },
    seen,
    async close() {
      forget();
      await down();
    },
  };
}
