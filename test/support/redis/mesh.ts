/**
 * The same without any privilege: each host has an address of 127.0.0.0/8, its programs listen behind a proxy there, and
 * the proxy knows by the source address whose connection it is. A cut stops both directions' bytes where it says, and
 * keeps every connection; a new one is taken and goes no further until the cut is over. Linux only.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { resetSocket } from './reset-socket.ts';
import { atEnd, spawnBound, type Spawn } from './child.ts';
import type { Host, Network } from './network.ts';

/** Bytes from one host to another, on one connection of either. */
interface Flow {
  readonly from: Host;
  readonly to: Host;
  readonly source: Socket;
}

const linkName = (from: Host, to: Host): string => `${from.name}>${to.name}`;

/** Which links are cut, and what waits for them. */
function switchboard() {
  const cuts = new Set<string>();
  const flows = new Set<Flow>();
  const waiting = new Set<() => void>();
  const isCut = (from: Host, to: Host): boolean => cuts.has(linkName(from, to));
  return {
    isCut,
    afterHeal: (action: () => void) => waiting.add(action),
    cut(from: Host, to: Host): void {
      cuts.add(linkName(from, to));
      for (const flow of flows) if (isCut(flow.from, flow.to)) flow.source.pause();
    },
    heal(): void {
      cuts.clear();
      for (const { source } of flows) source.resume();
      const due = [...waiting];
      waiting.clear();
      for (const action of due) action();
    },
    /** Copies what arrives at `flow.source` to `sink`, unless the link is cut, and its end as well. */
    pipe(flow: Flow, sink: Socket): void {
      const { from, to, source } = flow;
      flows.add(flow);
      source.on('data', (chunk) => sink.write(chunk));
      source.on('error', () => undefined);
      if (isCut(from, to)) source.pause();
      const finish = (): void => {
        if (isCut(from, to)) waiting.add(finish);
        else sink.end(() => sink.destroy());
      };
      source.on('close', () => {
        flows.delete(flow);
        finish();
      });
    },
  };
}

/** Takes a /24 of the loopback network by holding a port of it that every mesh wants. */
async function takeNetwork(): Promise<[prefix: string, lock: Server]> {
  for (let tries = 0; ; tries++) {
    const prefix = `127.${randomInt(64, 128)}.${randomInt(256)}`;
    const lock = createServer().listen(9009, `${prefix}.254`);
    try {
      await once(lock, 'listening');
      return [prefix, lock];
    } catch (error) {
      if (tries === 20) throw error;
    }
  }
}

/** Makes a Node.js program connect from the host's address; other programs have a setting for it. */
function spawnFrom(address: string): Spawn {
  const load = `--import=${join(import.meta.dirname, 'source-address.mjs')}`;
  return (program, args, options) => {
    const env = { NODE_OPTIONS: load, WHARFPASS_TEST_SOURCE: address, ...options.env };
    return spawnBound(program, args, { ...options, env });
  };
}

export async function meshNetwork(names: readonly string[]): Promise<Network> {
  const [prefix, lock] = await takeNetwork();
  const board = switchboard();
  const hosts = new Map<string, Host>();
  const listeners = new Set<Server>([lock]);
  const sockets = new Set<Socket>();

  function accept(client: Socket, to: Host, port: number): void {
    sockets.add(client);
    client.on('close', () => sockets.delete(client)).on('error', () => undefined);
    const test = hosts.get('test') as Host;
    const from = [...hosts.values()].find((one) => one.address === client.remoteAddress) ?? test;
    const open = (): void => {
      if (client.destroyed) return;
      if (board.isCut(from, to) || board.isCut(to, from)) {
        board.afterHeal(open);
        return;
      }
      const server = connect({ host: to.address, port, localAddress: from.address, noDelay: true });
      sockets.add(server);
      server.on('close', () => sockets.delete(server));
      server.once('error', () => resetSocket(client));
      board.pipe({ from, to, source: client.setNoDelay() }, server);
      board.pipe({ from: to, to: from, source: server }, client);
    };
    open();
  }

  function addHost(name: string, address: string, spawn: Spawn): void {
    const serve = async (port: number) => {
      const hidden = port + 1000;
      const listener = createServer((client) => accept(client, added, hidden)).listen(
        port,
        address,
      );
      await once(listener, 'listening');
      listeners.add(listener);
      return { host: address, port: hidden };
    };
    const added: Host = { name, address, spawn, serve };
    hosts.set(name, added);
  }
  addHost('test', '127.0.0.1', spawnBound);
  for (const [index, name] of names.entries()) {
    const address = `${prefix}.${index + 1}`;
    addHost(name, address, spawnFrom(address));
  }

  function host(name: string): Host {
    const found = hosts.get(name);
    if (found === undefined)
      throw new Error(`no host ${name} among ${[...hosts.keys()].join(' ')}`);
    return found;
  }
  const cut = (from: readonly string[], to: readonly string[]): void => {
    for (const a of from) for (const b of to) board.cut(host(a), host(b));
  };
  const close = async (): Promise<void> => {
    forget();
    for (const listener of listeners) listener.close();
    for (const socket of sockets) socket.destroy();
  };
  const forget = atEnd(close);
  return {
    kind: 'mesh',
    host,
    cut: async (from, to) => cut(from, to),
    async partition(side, other) {
      cut(side, other);
      cut(other, side);
    },
    heal: async () => board.heal(),
    close,
  };
}
