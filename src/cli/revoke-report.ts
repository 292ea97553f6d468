/** What a bulk revocation did or would do, for people. */
import type { Context } from './context.ts';
import type { Credential, Revocation } from './revoke-parts.ts';
import { inFull } from './revoke-moment.ts';
import { boldOf } from './style.ts';
import { table, type Column } from './table.ts';

const words = (kind: string): string => kind.replaceAll('_', ' ');

const COUNTS: readonly Column<readonly [kind: string, count: number]>[] = [
  ['kind', ([kind]) => words(kind)],
  ['count', ([, count]) => count],
];

const CREDENTIALS: readonly Column<Credential>[] = [
  ['kind', ({ kind }) => words(kind).replace(/s$/, '')],
  ['id', ({ id }) => id],
  ['name', ({ name }) => name],
  ['project', (one) => one.project_id],
  ['group', (one) => one.group_id],
  ['user', (one) => one.user_id],
  ['since', (one) => one.created_at],
];

/** More of them only scroll the others away; --json has all. */
const LISTED = 50;

export const totalOf = ({ revoked }: Revocation): number =>
  Object.values(revoked).reduce((sum, count) => sum + count, 0);

/** `2 jobs, 1 converted token` */
export function countsInWords({ revoked }: Revocation): string {
  const parts = Object.entries(revoked).filter(([, count]) => count > 0);
  return parts
    .map(([kind, count]) => `${count} ${count === 1 ? words(kind).replace(/s$/, '') : words(kind)}`)
    .join(', ');
}

function remarks(revocation: Revocation): string[] {
  const { untouched, notes, self_left_out: selfLeftOut, deploy_tokens_shown: shown } = revocation;
  const tokens = shown.tokens.map((token) => `${token.username} of project ${token.project_id}`);
  const left =
    shown.action === 'report' && !revocation.dry_run
      ? ' They still work: --deploy-tokens-shown rotate gives them new secrets.'
      : '';
  const done = { report: 'may have been shown', rotate: 'got a new secret', revoke: 'are revoked' };
  return [
    ...notes,
    ...untouched.map(
      ({ kind, criteria }) =>
        `Not touched: ${words(kind)}, which cannot be told by ${criteria.join(', ')}.`,
    ),
    ...(selfLeftOut ? ['Left out: the token that asks. --include-self takes it too.'] : []),
    ...(tokens.length === 0
      ? []
      : [
          `Automatic deploy tokens that its jobs were shown (${done[shown.action as keyof typeof done] ?? shown.action}): ` +
            `${tokens.join(', ')}.${left}`,
        ]),
  ];
}

export function printRevocation(context: Context, revocation: Revocation): void {
  const { columns, stdout, stderr } = context;
  const options = { columns, bold: boldOf(context) };
  const { credentials, registry_tokens_expire_at: end } = revocation;
  const counts = Object.entries(revocation.revoked).filter(([, count]) => count > 0);
  if (counts.length === 0) stderr('Nothing meets these criteria.\n');
  if (revocation.dry_run && credentials.length > 0) {
    stdout(`${table(credentials.slice(0, LISTED), CREDENTIALS, options)}\n`);
    const more = credentials.length - LISTED;
    if (more > 0) stderr(`… and ${more} more; --json has all of them.\n`);
  }
  if (counts.length > 0) stdout(table(counts, COUNTS, options));
  for (const remark of remarks(revocation)) stderr(`${remark}\n`);
  if (end === null || counts.length === 0) return;
  const until = inFull(Date.parse(end));
  stderr(`Registry tokens that were given out before work until ${until} at the latest.\n`);
}
