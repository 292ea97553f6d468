/** What happens to a Redis behind the back of its instances. */
import { DIRECTORY } from '../../../../src/store/redis/keys.ts';
import { REPLICATED } from '../../../../src/store/redis/replica/commit.ts';
import type { SingleRedis } from '../../../support/redis/single.ts';
import { openHistory, type Fleet } from './support.ts';

/** For `DEBUG CHANGE-REPL-ID`, which does to the history what a failover does. */
export const WITH_DEBUG = { appendonly: 'no', 'enable-debug-command': 'yes' } as const;

export interface Past {
  /** Puts the partition's data back to the moment at which this was made, and begins a new history; returns its id. */
  comeBack(): Promise<string>;
}

const dataKeys = ({ keys }: Fleet): string[] => [
  keys.head,
  keys.log,
  ...REPLICATED.map((table) => keys.rows(table)),
];

export async function newHistory(server: SingleRedis): Promise<string> {
  await server.cli('DEBUG', 'CHANGE-REPL-ID');
  return (await server.info('replication')).get('master_replid') ?? '';
}

export async function rememberPast(server: SingleRedis, fleet: Fleet): Promise<Past> {
  const mark = `past-${process.hrtime.bigint()}`;
  for (const key of dataKeys(fleet)) await server.cli('COPY', key, `${mark}:${key}`);
  return {
    comeBack: async () => {
      const replid = await newHistory(server);
      for (const key of dataKeys(fleet)) {
        await server.cli('DEL', key);
        await server.cli('COPY', `${mark}:${key}`, key);
      }
      return replid;
    },
  };
}

/** Trusts the history that the server has now. */
export const trust = (server: SingleRedis, fleet: Fleet): Promise<string> =>
  openHistory(server, fleet.keys);

export async function isClosed(server: SingleRedis, { keys }: Fleet): Promise<boolean> {
  const replid = (await server.info('replication')).get('master_replid');
  return (await server.cli('HGET', keys.history(DIRECTORY), 'replid')) !== replid;
}
