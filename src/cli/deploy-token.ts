import { Command } from 'commander';
import { mayAsk, YES_OPTION, type YesOption } from './confirm.ts';
import type { Context } from './context.ts';
import { DEPLOY_TOKEN_COLUMNS, type DeployToken } from './deploy-token-columns.ts';
import { addRotationCommands } from './deploy-token-rotation.ts';
import { withExamples } from './examples.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { segment, sourcePath, type SourceOptions } from './look-up.ts';
import { withSource } from './member.ts';
import {
  JSON_OPTION,
  LIMIT_OPTION,
  printList,
  printSecret,
  SECRET_ONLY_OPTION,
  type ListOptions,
  type SecretOptions,
} from './output.ts';
import type { Column } from './table.ts';
import { collect, given, moment, wholeNumber } from './values.ts';

interface HeldToken extends DeployToken {
  readonly holder: { readonly kind: string; readonly full_path: string | null };
}

const HELD_COLUMNS: readonly Column<HeldToken>[] = [
  ['of', ({ holder }) => `${holder.kind} ${holder.full_path ?? '-'}`],
  ...DEPLOY_TOKEN_COLUMNS,
];

interface CreateOptions extends SecretOptions, SourceOptions {
  readonly name: string;
  readonly scope: readonly string[];
  readonly username?: string;
  readonly expiresAt?: string;
}

const EXAMPLES = `
Examples:
  wharfpass deploy-token create --project acme/app --name cluster --scope read_registry
  wharfpass deploy-token create --group acme --name mirror --scope read_registry,write_registry
  wharfpass deploy-token list --project acme/app
  wharfpass deploy-token list --expiring 30d
  wharfpass deploy-token rotate 3 --project acme/app --grace 86400
  wharfpass deploy-token show 3 --project acme/app
  wharfpass deploy-token secrets 3 --project acme/app
  wharfpass deploy-token end-secret 3 5 --project acme/app
  wharfpass deploy-token rotation 3 --project acme/app --every 90
  wharfpass deploy-token revoke 3 --project acme/app
`;

export function deployTokenCommand(context: Context): Command {
  const command = withExamples(
    new Command('deploy-token').description(
      'long-lived credentials of a project or group, for clusters',
    ),
    EXAMPLES,
  );
  addList(command, context);
  withSource(command.command('create').description('create a deploy token'))
    .requiredOption('--name <name>', 'what it is for')
    .requiredOption('--scope <scope>', 'read_registry, write_registry; repeat for more', collect)
    .option('--username <name>', 'what to log in as; default gitlab+deploy-token-<id>')
    .option('--expires-at <date>', 'default never', moment)
    .option(...SECRET_ONLY_OPTION)
    .option(...JSON_OPTION)
    .action(async (options: CreateOptions) => {
      const { name, scope: scopes, username, expiresAt } = options;
      const path = `${sourcePath(options)}/deploy_tokens`;
      const body = given({ name, scopes, username, expires_at: expiresAt });
      const token = await (await context.api()).post<DeployToken & { token: string }>(path, body);
      printSecret(context, token, DEPLOY_TOKEN_COLUMNS, options);
    });
  withSource(command.command('revoke').description('end a deploy token at once'))
    .argument('<id>', 'from the list', wholeNumber)
    .option(...YES_OPTION)
    .action(async (id: number, options: SourceOptions & YesOption) => {
      await mayAsk(context, options, `ends deploy token ${id} at once`);
      await (await context.api()).delete(`${sourcePath(options)}/deploy_tokens/${id}`);
      context.stderr(`Deploy token ${id} is revoked.\n`);
    });
  addRotationCommands(command, context);
  return command;
}

interface TokenListOptions extends ListOptions, SourceOptions {
  readonly active?: true;
  readonly expiring?: string;
}

function addList(command: Command, context: Context): void {
  withSource(command.command('list').description('list deploy tokens, without their secrets'))
    .option('--active', 'only those that work now')
    .option('--expiring <days>', 'of all holders, those that end or want a rotation within 30d')
    .option(...LIMIT_OPTION)
    .option(...JSON_OPTION)
    .action(async ({ active, expiring, ...options }: TokenListOptions) => {
      const api = await context.api();
      if (expiring !== undefined) {
        if (options.project !== undefined || options.group !== undefined) {
          const message = '--expiring lists those of all projects and groups; leave the name out.';
          throw new CommandError(EXIT.usage, message);
        }
        const path = `/deploy_tokens?expiring=${segment(expiring)}`;
        return printList(
          context,
          await api.list<HeldToken>(path, options.limit),
          HELD_COLUMNS,
          options,
        );
      }
      const path = `${sourcePath(options)}/deploy_tokens${active ? '?active=true' : ''}`;
      printList(
        context,
        await api.list<DeployToken>(path, options.limit),
        DEPLOY_TOKEN_COLUMNS,
        options,
      );
    });
}
