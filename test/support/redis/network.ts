/**
 * Hosts that can be cut off from each other without anybody being told: packets vanish, connections stay. Real network
 * namespaces where this process may make them, and a mesh of proxies between loopback addresses elsewhere.
 */
import { meshNetwork } from './mesh.ts';
import { namespaceNetwork, namespacesWork } from './netns.ts';
import type { Spawn } from './child.ts';

export interface Host {
  readonly name: string;
  /** Where all the others reach it. */
  readonly address: string;
  /** `spawn`, for a program of this host. In the mesh it must be told its source address; Node.js programs are. */
  readonly spawn: Spawn;
  /** Opens a port of the host's address. Gives where its program has to listen for it. */
  serve(port: number): Promise<{ readonly host: string; readonly port: number }>;
}

export interface Network {
  readonly kind: NetworkKind;
  /** Throws on a name that it was not opened with. The test itself is the host `test`. */
  host(name: string): Host;
  /** Nothing that the hosts of `from` send arrives at those of `to` any more; the other way stays. */
  cut(from: readonly string[], to: readonly string[]): Promise<void>;
  /** Both ways. */
  partition(side: readonly string[], other: readonly string[]): Promise<void>;
  /** Ends every cut. What was sent meanwhile arrives late, as TCP does it. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

export type NetworkKind = 'namespaces' | 'mesh';

/** @param kind for suites that want the one or the other; otherwise WHARFPASS_TEST_NETWORK, or the better that works */
export async function openNetwork(
  names: readonly string[],
  kind = process.env['WHARFPASS_TEST_NETWORK'] as NetworkKind | undefined,
): Promise<Network> {
  const chosen = kind ?? ((await namespacesWork()) ? 'namespaces' : 'mesh');
  return chosen === 'namespaces' ? namespaceNetwork(names) : meshNetwork(names);
}
