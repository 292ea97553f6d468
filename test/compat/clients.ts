/** Every client of the matrix, in the order of the page. */
import { locateTools } from '../../scripts/tools/folder.mjs';
import { openClient, type Client, type ClientData, type Place } from './client.ts';
import { CONTAINERD_CLIENTS } from './clients/containerd.ts';
import { CONTAINERS_CLIENTS } from './clients/containers.ts';
import { DOCKER_CLIENTS } from './clients/docker.ts';
import { OCI_TOOLS } from './clients/oci-tools.ts';
import { REPLAYED, openReplayed } from './clients/replayed.ts';

const tools = locateTools();

/** Engines need it, and so does storage of images that keeps owners. */
const isRoot = process.getuid?.() === 0;

export interface Entry {
  readonly name: string;
  readonly here: boolean;
  open(place: Place): Promise<Client | null>;
}

const PROGRAMS: readonly ClientData[] = [
  ...DOCKER_CLIENTS,
  ...CONTAINERD_CLIENTS,
  ...CONTAINERS_CLIENTS,
  ...OCI_TOOLS,
];

export const CLIENTS: readonly Entry[] = [
  ...PROGRAMS.map((data) => ({
    name: data.name,
    here: tools[data.tool] !== undefined && (isRoot || data.service === undefined),
    open: (place: Place) => openClient(data, place),
  })),
  ...REPLAYED.map((data) => ({
    name: data.name,
    here: true,
    open: async () => openReplayed(data),
  })),
];
