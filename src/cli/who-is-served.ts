import type { Settings } from '../settings/schema.ts';
import { table } from './table.ts';

/** Which credentials these settings take, and how long a token for each lasts. */
export function whoIsServed({ anonymous, credentials, jobs, token }: Settings): string {
  const { prefixes, password } = credentials;
  const life = `pull ${token.pull_ttl} s, push ${token.push_ttl} s`;
  const rows: readonly (readonly [string, string, string])[] = [
    [
      'nobody in particular',
      anonymous.pull ? 'pulls public images' : 'gets nothing',
      anonymous.pull ? `pull ${token.pull_ttl} s` : '-',
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
  return `${lines}While the store cannot be reached, everybody is asked to come back (503).\n`;
}
