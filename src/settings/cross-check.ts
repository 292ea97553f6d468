/** What the schema cannot say of one key alone: settings that contradict each other. */
import type { Finding } from './explain-issue.ts';
import { crossCheckRedis } from './redis-cross-check.ts';
import { crossCheckRegistries } from './registry-cross-check.ts';
import type { Settings } from './schema.ts';

/** @param cwd what relative paths start from */
export function crossCheck(settings: Settings, cwd: string): Finding[] {
  return [
    ...timeouts(settings),
    ...lifetimes(settings),
    ...refreshTokens(settings),
    ...crossCheckRegistries(settings),
    ...folders(settings),
    ...addresses(settings),
    ...prefixes(settings.credentials.prefixes),
    ...crossCheckRedis(settings.redis, cwd),
  ];
}

function timeouts({ jobs }: Settings): Finding[] {
  if (jobs.default_timeout <= jobs.max_timeout) return [];
  const text = `must be at most jobs.max_timeout (${jobs.max_timeout}), but is ${jobs.default_timeout}`;
  return [{ path: ['jobs', 'default_timeout'], text }];
}

function lifetimes({ signing }: Settings): Finding[] {
  if (signing.leaf_lifetime < signing.ca_lifetime) return [];
  const text = `must be less than signing.ca_lifetime (${signing.ca_lifetime}), but is ${signing.leaf_lifetime}`;
  return [{ path: ['signing', 'leaf_lifetime'], text }];
}

function refreshTokens({ token: { refresh } }: Settings): Finding[] {
  if (refresh.max_idle <= refresh.max_age) return [];
  const text = `must be at most token.refresh.max_age (${refresh.max_age}), but is ${refresh.max_idle}`;
  return [{ path: ['token', 'refresh', 'max_idle'], text }];
}

function folders(settings: Settings): Finding[] {
  if (settings.keys_dir !== settings.data_dir) return [];
  return [{ path: ['keys_dir'], text: 'must be another folder than data_dir' }];
}

/** Two listeners share no address. Port 0 is another one each time. */
function addresses({ listen, api, metrics }: Settings): Finding[] {
  const same = (
    section: 'api' | 'metrics',
    own: string | undefined,
    [other, taken]: readonly [name: string, address: string | undefined],
  ): Finding[] => {
    if (own === undefined || own === 'off' || own.endsWith(':0') || own !== taken) return [];
    return [{ path: [section, 'listen'], text: `must be another address than ${other}` }];
  };
  return [
    ...same('api', api.listen, ['listen (leave it out to serve the API there)', listen]),
    ...same('metrics', metrics.listen, ['listen', listen]),
    ...same('metrics', metrics.listen, ['api.listen', api.listen]),
  ];
}

/** The prefix alone routes a login, so none may look like the start of another. */
function prefixes(kinds: Settings['credentials']['prefixes']): Finding[] {
  const all = Object.entries(kinds).flatMap(([kind, list]) =>
    list.map((prefix, index) => ({ kind, index, prefix })),
  );
  return all.flatMap(({ kind, index, prefix }, at) => {
    const other = all.find((each, i) => i < at && clash(each.prefix, prefix));
    if (other === undefined) return [];
    const text = `"${prefix}" cannot be told from "${other.prefix}" of ${other.kind}`;
    return [{ path: ['credentials', 'prefixes', kind, index], text }];
  });
}

function clash(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}
