import { Command } from 'commander';
import { mayAsk, YES_OPTION, type YesOption } from './confirm.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { segment } from './look-up.ts';
import { JSON_OPTION, LIMIT_OPTION, printList, type ListOptions } from './output.ts';
import type { Column } from './table.ts';
import { wholeNumber } from './values.ts';

interface ConvertedToken {
  readonly id: number;
  readonly job_id: number;
  readonly user: { readonly username: string } | null;
  readonly created_at: string;
  readonly expires_at: string;
  readonly expired: boolean;
  readonly revoked: boolean;
  readonly last_used_at: string | null;
  readonly write_attempts: number;
}

const COLUMNS: readonly Column<ConvertedToken>[] = [
  ['id', (token) => token.id],
  ['job', (token) => token.job_id],
  ['user', (token) => token.user?.username],
  ['job ended', (token) => token.created_at],
  ['expires', (token) => token.expires_at],
  ['last used', (token) => token.last_used_at],
  ['tried to push', (token) => token.write_attempts],
  ['state', ({ revoked, expired }) => (revoked ? 'revoked' : expired ? 'expired' : 'active')],
];

const EXAMPLES = `
Examples:
  wharfpass converted-token list --project acme/app --active
  wharfpass converted-token revoke 7 --project acme/app
`;

interface ProjectOption {
  readonly project: string;
}

export function convertedTokenCommand(context: Context): Command {
  const command = withExamples(
    new Command('converted-token').description(
      "passwords of ended jobs that may still read a project's images",
    ),
    EXAMPLES,
  );
  const ofProject = (verb: Command): Command =>
    verb.requiredOption('--project <full-path>', 'whose jobs they were');
  const tokensOf = ({ project }: ProjectOption): string =>
    `/projects/${segment(project)}/converted_job_tokens`;
  ofProject(command.command('list').description('list them'))
    .option('--active', 'only those that work now')
    .option(...LIMIT_OPTION)
    .option(...JSON_OPTION)
    .action(async (options: ListOptions & ProjectOption & { active?: true }) => {
      const path = `${tokensOf(options)}${options.active ? '?active=true' : ''}`;
      const tokens = await (await context.api()).list<ConvertedToken>(path, options.limit);
      printList(context, tokens, COLUMNS, options);
    });
  ofProject(command.command('revoke').description('end one at once'))
    .argument('<id>', 'from the list', wholeNumber)
    .option(...YES_OPTION)
    .action(async (id: number, options: ProjectOption & YesOption) => {
      await mayAsk(context, options, `ends converted token ${id} of ${options.project} at once`);
      await (await context.api()).delete(`${tokensOf(options)}/${id}`);
      context.stderr(`Converted token ${id} is revoked.\n`);
    });
  return command;
}
