import { Command } from 'commander';
import type { Context } from './context.ts';
import { sourcePath, type SourceOptions } from './look-up.ts';
import { withSource } from './member.ts';
import {
  JSON_OPTION,
  printList,
  printSecret,
  SECRET_ONLY_OPTION,
  type OutputOptions,
  type SecretOptions,
} from './output.ts';
import type { Column } from './table.ts';
import { collect, given, moment, wholeNumber } from './values.ts';

interface DeployToken {
  readonly id: number;
  readonly name: string;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly expires_at: string | null;
  readonly revoked: boolean;
  readonly expired: boolean;
}

const COLUMNS: readonly Column<DeployToken>[] = [
  ['id', (token) => token.id],
  ['name', (token) => token.name],
  ['username', (token) => token.username],
  ['scopes', (token) => token.scopes],
  ['expires', (token) => token.expires_at],
  ['state', ({ revoked, expired }) => (revoked ? 'revoked' : expired ? 'expired' : 'active')],
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
  wharfpass deploy-token revoke 3 --project acme/app
`;

export function deployTokenCommand(context: Context): Command {
  const command = new Command('deploy-token')
    .description('long-lived credentials of a project or group, for clusters')
    .addHelpText('after', EXAMPLES);
  withSource(command.command('list').description('list deploy tokens, without their secrets'))
    .option('--active', 'only those that work now')
    .option(...JSON_OPTION)
    .action(async ({ active, ...options }: OutputOptions & SourceOptions & { active?: true }) => {
      const path = `${sourcePath(options)}/deploy_tokens${active ? '?active=true' : ''}`;
      printList(context, await (await context.api()).list<DeployToken>(path), COLUMNS, options);
    });
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
      printSecret(context, token, COLUMNS, options);
    });
  withSource(command.command('revoke').description('end a deploy token at once'))
    .argument('<id>', 'from the list', wholeNumber)
    .action(async (id: number, options: SourceOptions) => {
      await (await context.api()).delete(`${sourcePath(options)}/deploy_tokens/${id}`);
      context.stderr(`Deploy token ${id} is revoked.\n`);
    });
  return command;
}
