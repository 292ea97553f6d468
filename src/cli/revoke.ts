/** `wharfpass revoke`: many credentials at once, or the one whose secret leaked. */
import { Command, Option } from 'commander';
import { mayAsk, YES_OPTION, type YesOption } from './confirm.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { JSON_OPTION, printJson, type OutputOptions } from './output.ts';
import { createProgress } from './progress.ts';
import { inFull, momentAgo } from './revoke-moment.ts';
import { revokeInParts, type Revocation } from './revoke-parts.ts';
import { countsInWords, printRevocation, totalOf } from './revoke-report.ts';
import { revokeSecret } from './revoke-secret.ts';
import { collect, given, wholeNumber } from './values.ts';

interface RevokeOptions extends OutputOptions, YesOption {
  readonly project?: string;
  readonly group?: string;
  readonly user?: string;
  readonly issuer?: string;
  readonly runner?: number;
  readonly pipeline?: number;
  readonly after?: string;
  readonly before?: string;
  readonly secretPrefix?: string;
  readonly kind?: readonly string[];
  readonly deployTokensShown?: string;
  readonly includeSelf?: true;
  readonly dryRun?: true;
  readonly secretFile?: string;
}

const EXAMPLES = `
Examples:
  wharfpass revoke --runner 17 --after 14:00 --dry-run
  wharfpass revoke --runner 17 --after 14:00 --deploy-tokens-shown rotate --yes
  wharfpass revoke --user jane --yes
  wharfpass revoke --issuer jane --kind deploy-tokens --yes
  wharfpass revoke --group acme --after 2h --yes --json
  wharfpass revoke --secret-file leaked.txt
`;

export function revokeCommand(context: Context): Command {
  const command = withExamples(
    new Command('revoke').description(
      'end many credentials at once, by where they come from, or one by its secret',
    ),
    EXAMPLES,
  );
  return command
    .option('--project <full-path>', 'of this project, or its jobs')
    .option('--group <full-path>', 'of this group and all that is under it')
    .option('--user <username>', 'that act as this user')
    .option('--issuer <username>', 'jobs and deploy tokens that this user made')
    .option('--runner <id>', 'jobs of this runner, and what they left', wholeNumber)
    .option('--pipeline <id>', 'jobs of this pipeline, and what they left', wholeNumber)
    .option('--after <moment>', 'jobs alive later, tokens made since: 14:00, 2h, 2026-01-31T14:00Z')
    .option('--before <moment>', 'jobs started earlier, tokens made earlier')
    .option('--secret-prefix <prefix>', 'all whose secrets begin like this, such as gldt-')
    .option(
      '--kind <kind>',
      'only these: jobs, converted-tokens, deploy-tokens, personal-access-tokens, refresh-tokens',
      collect,
    )
    .addOption(
      new Option(
        '--deploy-tokens-shown <action>',
        'what becomes of the automatic deploy tokens that the jobs were shown; default report',
      ).choices(['report', 'rotate', 'revoke']),
    )
    .option('--include-self', 'also the token that this command uses, last')
    .option('--secret-file <file>', 'the one credential with the secret in this file; -: on stdin')
    .option('--dry-run', 'only show what would end')
    .option(...YES_OPTION)
    .option(...JSON_OPTION)
    .action(({ secretFile, ...options }: RevokeOptions) => {
      if (secretFile === undefined) return revokeMany(context, options);
      const { json, yes: _yes, ...others } = options;
      if (Object.keys(others).length === 0) return revokeSecret(context, secretFile, { json });
      throw new CommandError(EXIT.usage, '--secret-file names one credential: leave the rest out.');
    });
}

/** The moments are said back in full: the same words mean another day after midnight. */
function bodyOf(context: Context, options: RevokeOptions): Record<string, unknown> {
  const moment = (name: 'after' | 'before'): string | undefined => {
    const text = options[name];
    if (text === undefined) return undefined;
    const at = momentAgo(`--${name}`, text, context.clock.now());
    context.stderr(`${name === 'after' ? 'After' : 'Before'}: ${inFull(at)}\n`);
    return new Date(at).toISOString();
  };
  return given({
    project: options.project,
    group: options.group,
    user: options.user,
    issuer: options.issuer,
    runner_id: options.runner,
    pipeline_id: options.pipeline,
    after: moment('after'),
    before: moment('before'),
    secret_prefix: options.secretPrefix,
    kinds: options.kind?.map((kind) => kind.replaceAll('-', '_')),
    deploy_tokens_shown: options.deployTokensShown,
    include_self: options.includeSelf,
  });
}

async function run(
  context: Context,
  body: Record<string, unknown>,
  progressOptions: { readonly label: string; readonly total?: number },
): Promise<Revocation> {
  const api = await context.api();
  const progress = createProgress(context, progressOptions);
  const onWait = (): void => {
    context.stderr('The server could not confirm this yet; asking again.\n');
  };
  try {
    return await revokeInParts(api, body, { onPart: progress.advance, onWait });
  } finally {
    progress.done();
  }
}

async function revokeMany(context: Context, options: RevokeOptions): Promise<void> {
  const { dryRun, yes, json } = options;
  if (!dryRun && !yes && context.ask === undefined) {
    const advice = 'Add --yes to do it, or --dry-run to see what would end.';
    throw new CommandError(EXIT.usage, `This ends credentials for good. ${advice}`);
  }
  const body = bodyOf(context, options);
  const print = (revocation: Revocation): void => {
    if (json) printJson(context, revocation);
    else printRevocation(context, revocation);
  };
  if (yes && !dryRun) return print(await run(context, body, { label: 'Revoking' }));
  const dry = await run(context, { ...body, dry_run: true }, { label: 'Looking' });
  if (dryRun) return print(dry);
  printRevocation(context, dry);
  const total = totalOf(dry);
  if (total === 0) return;
  await mayAsk(context, options, `ends ${countsInWords(dry)}`);
  print(await run(context, body, { label: 'Revoking', total }));
}
