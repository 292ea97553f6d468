/** Where the primaries are, asked once. */
import { storeUnavailable } from '../../../errors.ts';
import { ask } from '../connection/ask.ts';
import { describeAddress, type RedisAddress } from '../connection/address.ts';
import type { Access } from '../connection/client-options.ts';
import { endpointText, type Endpoint } from '../connection/endpoint.ts';
import { lookAtCluster } from '../connection/look-cluster.ts';
import { lookAtSentinels } from '../connection/look-sentinel.ts';
import type { Look, View } from '../connection/look.ts';
import { DIRECTORY, PARTITIONS } from '../keys.ts';
import { soon, withLine } from './probe.ts';
import type { Troubles } from './troubles.ts';

export interface Primaries {
  /** Each primary that holds a part of our data, once. */
  readonly all: readonly Endpoint[];
  /** The one that holds the directory. */
  readonly directory: Endpoint;
  /** Replicas that the Sentinels know of, linked or not. */
  readonly replicasKnown: number;
}

async function lookOnce(look: Look): Promise<View | undefined> {
  let view: View | undefined;
  try {
    await soon(async () => {
      view = await look.look();
      return view !== undefined && PARTITIONS.every((partition) => view?.has(partition));
    });
    return view;
  } finally {
    look.close();
  }
}

const sentinelAccess = (
  address: Extract<RedisAddress, { kind: 'sentinel' }>,
  { tls }: Access,
): Access => ({ login: address.sentinelLogin, db: 0, tls });

async function viewOf(address: RedisAddress, access: Access, { log }: Troubles) {
  const nothing = (): undefined => undefined;
  switch (address.kind) {
    case 'single':
      return new Map(PARTITIONS.map((partition) => [partition, address.server]));
    case 'sentinel': {
      const { sentinels, name } = address;
      const entry = sentinelAccess(address, access);
      return lookOnce(lookAtSentinels(sentinels, name, entry, log, nothing));
    }
    case 'cluster':
      return lookOnce(lookAtCluster(address.nodes, access, log, nothing));
  }
}

/** The most that any Sentinel knows; those that cannot be asked are left out. */
async function replicasKnown(
  address: RedisAddress,
  access: Access,
  troubles: Troubles,
): Promise<number> {
  if (address.kind !== 'sentinel') return 0;
  const entry = sentinelAccess(address, access);
  const counts = await Promise.all(
    address.sentinels.map((server) =>
      withLine(server, entry, troubles, async (line) => {
        const rows = await ask(line, 'sentinel', 'replicas', address.name);
        return Array.isArray(rows) ? rows.length : 0;
      }).catch(() => 0),
    ),
  );
  return Math.max(0, ...counts);
}

/** @throws AppError `store_unavailable` where nobody knows them, or knows only some */
export async function findPrimaries(
  address: RedisAddress,
  access: Access,
  troubles: Troubles,
): Promise<Primaries> {
  const found = await viewOf(address, access, troubles);
  const missing = PARTITIONS.find((partition) => found?.has(partition) !== true);
  const directory = found?.get(DIRECTORY);
  if (found === undefined || missing !== undefined || directory === undefined) {
    const reason = troubles.of() ?? 'nobody knows all primaries';
    throw storeUnavailable(`${describeAddress(address)}: ${reason}`);
  }
  const all = new Map([...found.values()].map((server) => [endpointText(server), server]));
  return {
    all: [...all.values()],
    directory,
    replicasKnown: await replicasKnown(address, access, troubles),
  };
}
