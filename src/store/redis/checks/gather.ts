/** Asks every server that holds data, primaries and replicas, all at the same time. */
import type { Clock } from '../../../clock.ts';
import { storeUnavailable } from '../../../errors.ts';
import type { RedisAddress } from '../connection/address.ts';
import { ask } from '../connection/ask.ts';
import type { Access } from '../connection/client-options.ts';
import { endpointText, type Endpoint } from '../connection/endpoint.ts';
import { accessOf } from '../connection/open-route.ts';
import { readTls, type TlsFiles } from '../connection/tls.ts';
import { createKeys, DIRECTORY } from '../keys.ts';
import { replicasIn, type DataServer, type Deployment, type Shard } from './deployment.ts';
import { findPrimaries } from './primaries.ts';
import { askServer, probeOf, withLine } from './probe.ts';
import { collectTroubles, type Troubles } from './troubles.ts';

export interface GatherOptions {
  readonly address: RedisAddress;
  /** With a user that may ask for settings; default: `address`. */
  readonly checkAddress?: RedisAddress | undefined;
  readonly tls?: TlsFiles;
  /** The replicas that must have a change before it is acknowledged. */
  readonly replicas: number;
  readonly prefix: string;
  readonly clock: Clock;
}

type Ask = (server: Endpoint) => Promise<DataServer>;

const reasonOf = (error: unknown): string =>
  error instanceof Error ? ((error as { detail?: string }).detail ?? error.message) : String(error);

async function askPrimary(server: Endpoint, askOne: Ask): Promise<DataServer> {
  try {
    return await askOne(server);
  } catch (error) {
    throw storeUnavailable(`redis ${endpointText(server)}: ${reasonOf(error)}`);
  }
}

async function askShard(server: Endpoint, askOne: Ask, known: number): Promise<Shard> {
  const primary = await askPrimary(server, askOne);
  const listed = replicasIn(primary.info);
  const asked = await Promise.all(
    listed.map(async (replica) =>
      askOne(replica).catch((error: unknown) => ({
        name: endpointText(replica),
        reason: reasonOf(error),
      })),
    ),
  );
  return {
    primary,
    replicas: asked.filter((each) => 'info' in each),
    silent: asked.filter((each) => 'reason' in each),
    known: Math.max(known, listed.length),
  };
}

/** An instance that was ever here has left its name or made the store's head. True as well where this kind of server would not tell. */
function findStore(
  server: Endpoint,
  access: Access,
  prefix: string,
  troubles: Troubles,
): Promise<boolean> {
  const { head, instances } = createKeys(prefix);
  return withLine(server, access, troubles, async (line) => {
    try {
      return (await ask(line, 'exists', head, instances(DIRECTORY))) !== 0;
    } catch (error) {
      if (/^(?:MOVED|CLUSTERDOWN|ERR)\b/.test(reasonOf(error))) return true;
      throw error;
    }
  });
}

/**
 * @throws AppError `store_unavailable` where a primary cannot be asked; its `detail` says which and why
 * @throws AppError `bad_request` for TLS files that are of no use
 */
export async function gatherDeployment(options: GatherOptions): Promise<Deployment> {
  const { address, checkAddress = address, prefix, clock } = options;
  const troubles = collectTroubles();
  const tls = readTls(options.tls ?? {});
  const access = accessOf(address, tls);
  const checkAccess = accessOf(checkAddress, tls);
  const askOne: Ask = (server) =>
    withLine(server, checkAccess, troubles, (line) => askServer(probeOf(line), clock));

  const primaries = await findPrimaries(address, access, troubles);
  const [shards, holdsStore] = await Promise.all([
    Promise.all(primaries.all.map((server) => askShard(server, askOne, primaries.replicasKnown))),
    findStore(primaries.directory, access, prefix, troubles).catch((error: unknown) => {
      throw storeUnavailable(`redis ${endpointText(primaries.directory)}: ${reasonOf(error)}`);
    }),
  ]);
  return {
    form: address.kind,
    wanted: options.replicas,
    tls: address.tls,
    user: checkAddress.login.username ?? 'default',
    shards,
    holdsStore,
    prefix,
  };
}
