/** What the servers said of themselves, for rules that look at it. Plain values. */

export interface DataServer {
  /** `host:port`. */
  readonly name: string;
  /** INFO, by field. */
  readonly info: ReadonlyMap<string, string>;
  /** CONFIG GET; undefined where the user may not ask. A setting that the server does not know is missing. */
  readonly settings: ReadonlyMap<string, string> | undefined;
  /** How far its clock is ahead of ours, in milliseconds; negative where it is behind. */
  readonly clockAhead: number;
  /** How wrong `clockAhead` may be, in milliseconds: half of what the question took. */
  readonly clockError: number;
}

/** A primary and what follows it. */
export interface Shard {
  readonly primary: DataServer;
  /** Those that could be asked. */
  readonly replicas: readonly DataServer[];
  /** Replicas that could not be asked. */
  readonly silent: readonly { readonly name: string; readonly reason: string }[];
  /** How many replicas there are as far as anybody knows, linked or not. */
  readonly known: number;
}

export interface Deployment {
  readonly form: 'single' | 'sentinel' | 'cluster';
  /** The replicas that must have a change before it is acknowledged. */
  readonly wanted: number;
  readonly tls: boolean;
  /** The user whose permissions limit what could be asked. */
  readonly user: string;
  readonly shards: readonly Shard[];
  /** Whether data of a store with our prefix is there. */
  readonly holdsStore: boolean;
  readonly prefix: string;
}

/** Settings that the rules look at and INFO does not tell. */
export const SETTINGS = [
  'maxmemory-policy',
  'appendonly',
  'appendfsync',
  'aof-load-truncated',
  'min-replicas-to-write',
  'min-replicas-max-lag',
  'replica-read-only',
  'cluster-require-full-coverage',
  'cluster-allow-reads-when-down',
] as const;

export type SettingName = (typeof SETTINGS)[number];

const TOLD_BY_INFO: Readonly<Partial<Record<SettingName, (info: DataServer['info']) => unknown>>> =
  {
    'maxmemory-policy': (info) => info.get('maxmemory_policy'),
    appendonly: (info) => ({ 0: 'no', 1: 'yes' })[info.get('aof_enabled') ?? ''],
  };

/** Undefined where it cannot be told. */
export function settingOf(server: DataServer, name: SettingName): string | undefined {
  const told = server.settings?.get(name) ?? TOLD_BY_INFO[name]?.(server.info);
  return typeof told === 'string' ? told : undefined;
}

export const serversOf = ({ primary, replicas }: Shard): readonly DataServer[] => [
  primary,
  ...replicas,
];

export interface LinkedReplica {
  readonly host: string;
  readonly port: number;
  readonly online: boolean;
}

/** The replicas as their primary sees them: `slave0:ip=…,port=…,state=online,…`. */
export function replicasIn(info: ReadonlyMap<string, string>): LinkedReplica[] {
  return [...info]
    .filter(([field]) => /^slave\d+$/.test(field))
    .map(([, text]) => {
      const fields = new URLSearchParams(text.replaceAll(',', '&'));
      return {
        host: fields.get('ip') ?? '',
        port: Number(fields.get('port')),
        online: fields.get('state') === 'online',
      };
    });
}

export const linkedTo = (primary: DataServer): number =>
  replicasIn(primary.info).filter(({ online }) => online).length;
