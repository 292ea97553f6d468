/** What a server is, whose it is, and what time it has. */
import { SETTINGS, settingOf, type DataServer, type Deployment } from './deployment.ts';
import { setting, type Finding } from './finding.ts';

/** Milliseconds. */
const CLOCK_REFUSED = 5000;
const CLOCK_NOTICED = 1000;

export function checkClock({ name, clockAhead, clockError }: DataServer): Finding[] {
  const off = Math.abs(clockAhead) - clockError;
  if (off <= CLOCK_NOTICED) return [];
  const which = clockAhead > 0 ? 'ahead of' : 'behind';
  const seconds = (Math.abs(clockAhead) / 1000).toFixed(1);
  const refused = off > CLOCK_REFUSED;
  const means = refused ? 'beyond 5 s nobody is served' : 'jobs end that much early or late';
  return [
    {
      level: refused ? 'refusal' : 'warning',
      servers: [name],
      text: `its clock is ${seconds} s ${which} this machine's; ${means}`,
      mend: ['timedatectl set-ntp true'],
    },
  ];
}

const OTHER_MODE: Readonly<Record<string, string>> = {
  standalone:
    'is a server of its own, no node of a Cluster: write redis://, or redis+sentinel:// with the Sentinels',
  sentinel: 'is a Sentinel: write redis+sentinel://<all Sentinels>/<name of the primary>',
  cluster: 'is a node of a Cluster: write redis+cluster://<some nodes>',
};

export function checkForm(primary: DataServer, { form }: Deployment): Finding[] {
  const { name, info } = primary;
  const mode = info.get('redis_mode') ?? 'standalone';
  const expected = form === 'cluster' ? 'cluster' : 'standalone';
  const refuse = (text: string): Finding[] => [
    { level: 'refusal', servers: [name], text, mend: [] },
  ];
  if (mode !== expected) return refuse(OTHER_MODE[mode] ?? `has the unknown mode ${mode}`);
  if (info.get('role') !== 'slave') return [];
  const of = `${info.get('master_host') ?? '?'}:${info.get('master_port') ?? '?'}`;
  return refuse(`is a replica of ${of}, and takes no changes: write that, or redis+sentinel://`);
}

/** Both cost more than they give here: each partition of the data stands on its own. */
export function checkCluster(server: DataServer): Finding[] {
  const found: Finding[] = [];
  const servers = [server.name];
  if (settingOf(server, 'cluster-require-full-coverage') === 'yes') {
    const text =
      'cluster-require-full-coverage is yes: when one primary has no successor, the jobs of all others get 503 too';
    const mend = setting('cluster-require-full-coverage', 'no');
    found.push({ level: 'note', servers, text, mend });
  }
  if (settingOf(server, 'cluster-allow-reads-when-down') === 'yes') {
    const text =
      'cluster-allow-reads-when-down is yes: other programs may read what is no longer true; wharfpass does not';
    const mend = setting('cluster-allow-reads-when-down', 'no');
    found.push({ level: 'note', servers, text, mend });
  }
  return found;
}

export function checkPermission(server: DataServer, { user }: Deployment): Finding[] {
  if (server.settings !== undefined) return [];
  const names = SETTINGS.filter((each) => settingOf(server, each) === undefined);
  return [
    {
      level: 'refusal',
      servers: [server.name],
      text: `the user ${user} may not run CONFIG GET (or the provider has switched it off), so these cannot be checked: ${names.join(', ')}`,
      mend: [
        `redis-cli ACL SETUSER ${user} +config|get`,
        'redis.check_url with another user that may; docs/redis.md has its ACL line',
        'wharfpass serve --unsafe-redis, if you know that they are right',
      ],
    },
  ];
}

const keysIn = (text: string): number => Number(/^keys=(\d+)/.exec(text)?.[1] ?? 0);

/** A server that others use can be flushed, filled or made to evict by them. */
export function checkContents({ shards, holdsStore, prefix }: Deployment): Finding[] {
  if (holdsStore) return [];
  return shards
    .map(({ primary }) => primary)
    .filter(({ info }) =>
      [...info].some(([field, text]) => /^db\d+$/.test(field) && keysIn(text) > 0),
    )
    .map(({ name }) => ({
      level: 'warning',
      servers: [name],
      text: `it holds keys, but no store with the prefix "${prefix}": either the prefix is wrong, or others use it; they could fill it up or empty it`,
      mend: ['a server of its own'],
    }));
}
