/** Deployments made of plain values, for rules that cannot be met with the servers at hand. */
import type {
  DataServer,
  Deployment,
  Shard,
} from '../../../../src/store/redis/checks/deployment.ts';

const SETTINGS = {
  'maxmemory-policy': 'noeviction',
  appendonly: 'yes',
  appendfsync: 'always',
  'aof-load-truncated': 'no',
  'min-replicas-to-write': '1',
  'min-replicas-max-lag': '2',
  'replica-read-only': 'yes',
};

export interface ServerOptions {
  readonly name?: string;
  readonly info?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string>> | undefined;
  readonly clockAhead?: number;
  readonly clockError?: number;
}

/** A server with which nothing is wrong. */
export function server(options: ServerOptions = {}): DataServer {
  const { name = '10.0.0.1:6379', info = {}, clockAhead = 0, clockError = 1 } = options;
  const forbidden = 'settings' in options && options.settings === undefined;
  return {
    name,
    info: new Map(Object.entries({ redis_version: '8.10.1', maxmemory: '1000000', ...info })),
    settings: forbidden ? undefined : new Map(Object.entries({ ...SETTINGS, ...options.settings })),
    clockAhead,
    clockError,
  };
}

export const slaves = (count: number, state = 'online'): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `slave${i}`,
      `ip=10.0.1.${i},port=6379,state=${state},offset=1,lag=0`,
    ]),
  );

export function shard(options: Partial<Shard> = {}): Shard {
  const linked = options.known ?? 0;
  const primary = server({ info: slaves(linked) });
  return { primary, replicas: [], silent: [], known: linked, ...options };
}

export const deployment = (options: Partial<Deployment> = {}): Deployment => ({
  form: 'single',
  wanted: 0,
  tls: false,
  user: 'wharfpass',
  shards: [shard()],
  holdsStore: true,
  prefix: 'wharfpass',
  ...options,
});
