import type { Settings } from '../settings/schema.ts';
import { table } from './table.ts';

/** Which credentials these settings take, how long a token for each lasts, and what a store that is away means. */
export function whoIsServed(settings: Settings): string {
  const { anonymous, credentials, jobs, token } = settings;
  const { prefixes, password } = credentials;
  const { pull, push, delete: remove } = token.ttl;
  const life = `pull ${pull} s, push ${push} s, delete ${remove} s`;
  const rows: readonly (readonly [string, string, string])[] = [
    [
      'nobody in particular',
      anonymous.pull ? 'pulls public images' : 'gets nothing',
      anonymous.pull ? `pull ${pull} s` : '-',
    ],
    ['a user with a password', password ? 'served, unless blocked or two factor' : 'refused', life],
    [
      `a personal access token (${prefixes.personal_access_token.join(' ')})`,
      'served until it expires or is revoked',
      life,
    ],
    [
      `a deploy token (${prefixes.deploy_token.join(' ')})`,
      'served until it expires or is revoked',
      life,
    ],
    [
      `a job token (${prefixes.job_token.join(' ')})`,
      `served while its job runs, at most ${jobs.max_timeout} s`,
      `${life}, never past the deadline`,
    ],
  ];
  const lines = table(rows, [
    ['who comes with', (row) => row[0]],
    ['is', (row) => row[1]],
    ['token life', (row) => row[2]],
  ]);
  return `${lines}\n${whenAway(settings)}`;
}

/** Jobs can end at any moment on another instance, so nothing but Redis itself can say that one still runs. */
function whenAway({ redis, anonymous, credentials: { password } }: Settings): string {
  if (redis.url === undefined) {
    return 'While the store cannot be reached, everybody is asked to come back (503).\n';
  }
  const { stale_credentials: credentials, stale_anonymous: images } = redis;
  const known = fromCopy(credentials, 'redis.stale_credentials');
  const rows: readonly (readonly [string, string])[] = [
    ['a job token', '503, always'],
    ['a deploy token', known],
    ['a personal access token', known],
    ...(password ? [['a user with a password', known] as const] : []),
    ...(anonymous.pull
      ? [['nobody, for public images', fromCopy(images, 'redis.stale_anonymous')] as const]
      : []),
    ['a change of any kind', '503; the end of a job and a revocation count here at once'],
  ];
  return table(rows, [
    ['while Redis is away, who comes with', (row) => row[0]],
    ['gets', (row) => row[1]],
  ]);
}

const fromCopy = (seconds: number, key: string): string =>
  seconds === 0
    ? `503 (${key} is 0)`
    : `served from a copy at most ${seconds} s old, then 503 (${key})`;
