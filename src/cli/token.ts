import { Command } from 'commander';
import { mayAsk, YES_OPTION, type YesOption } from './confirm.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { userId } from './look-up.ts';
import {
  JSON_OPTION,
  LIMIT_OPTION,
  printList,
  printOne,
  printSecret,
  SECRET_ONLY_OPTION,
  type ListOptions,
  type OutputOptions,
  type SecretOptions,
} from './output.ts';
import type { Column } from './table.ts';
import { collect, given, moment, wholeNumber, queryOf } from './values.ts';

interface PersonalAccessToken {
  readonly id: number;
  readonly name: string;
  readonly user_id: number;
  readonly scopes: readonly string[];
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly active: boolean;
  readonly revoked: boolean;
}

const COLUMNS: readonly Column<PersonalAccessToken>[] = [
  ['id', (token) => token.id],
  ['name', (token) => token.name],
  ['user id', (token) => token.user_id],
  ['scopes', (token) => token.scopes],
  ['expires', (token) => token.expires_at],
  ['last used', (token) => token.last_used_at],
  ['state', ({ active, revoked }) => (revoked ? 'revoked' : active ? 'active' : 'inactive')],
];

interface CreateOptions extends SecretOptions {
  readonly user: string;
  readonly name: string;
  readonly scope: readonly string[];
  readonly expiresAt?: string;
}

interface RotateOptions extends SecretOptions {
  readonly expiresAt?: string;
}

const tokenRef = (text: string): string => (text === 'self' ? text : String(wholeNumber(text)));

interface TokenListOptions extends ListOptions {
  readonly user?: string;
  readonly active?: true;
}

const EXAMPLES = `
Examples:
  wharfpass token create --user jane --name laptop --scope read_registry,write_registry
  wharfpass token create --user ci --name runner --scope create_job
  wharfpass token list --user jane --active
  wharfpass token show self
  wharfpass token rotate 7 --expires-at 2099-01-31
  wharfpass token rotate self --secret-only
  wharfpass token revoke 7
`;

export function tokenCommand(context: Context): Command {
  const command = withExamples(
    new Command('token').description('personal access tokens'),
    EXAMPLES,
  );
  command
    .command('list')
    .description('list tokens, without their secrets')
    .option('--user <username>', 'of this user; default: of all that you may see')
    .option('--active', 'only those that work now')
    .option(...LIMIT_OPTION)
    .option(...JSON_OPTION)
    .action(async ({ user, active, ...options }: TokenListOptions) => {
      const api = await context.api();
      const query = queryOf({
        user_id: user === undefined ? undefined : await userId(api, user),
        state: active && 'active',
      });
      const path = `/personal_access_tokens${query}`;
      printList(
        context,
        await api.list<PersonalAccessToken>(path, options.limit),
        COLUMNS,
        options,
      );
    });
  command
    .command('create')
    .description('create a token for a user')
    .requiredOption('--user <username>', 'whose token it is')
    .requiredOption('--name <name>', 'what it is for')
    .requiredOption(
      '--scope <scope>',
      'api, read_api, read_user, read_registry, write_registry, create_job; repeat for more',
      collect,
    )
    .option('--expires-at <date>', 'default a year from now', moment)
    .option(...SECRET_ONLY_OPTION)
    .option(...JSON_OPTION)
    .action(async (options: CreateOptions) => {
      const api = await context.api();
      const path = `/users/${await userId(api, options.user)}/personal_access_tokens`;
      const { name, scope: scopes, expiresAt } = options;
      const body = given({ name, scopes, expires_at: expiresAt });
      const token = await api.post<PersonalAccessToken & { token: string }>(path, body);
      printSecret(context, token, COLUMNS, options);
    });
  command
    .command('rotate')
    .description('revoke a token and make its successor')
    .argument('<id>', 'from the list; or `self`: the token that the command itself uses', tokenRef)
    .option('--expires-at <date>', 'default a week from now', moment)
    .option(...SECRET_ONLY_OPTION)
    .option(...JSON_OPTION)
    .action(async (id: string, { expiresAt, ...options }: RotateOptions) => {
      const body = given({ expires_at: expiresAt });
      const path = `/personal_access_tokens/${id}/rotate`;
      const token = await (
        await context.api()
      ).post<PersonalAccessToken & { token: string }>(path, body);
      printSecret(context, token, COLUMNS, options);
    });
  command
    .command('show')
    .description('show one token, without its secret')
    .argument('<id>', 'from the list; or `self`: the token that the command itself uses', tokenRef)
    .option(...JSON_OPTION)
    .action(async (id: string, options: OutputOptions) => {
      const path = `/personal_access_tokens/${id}`;
      printOne(
        context,
        await (await context.api()).get<PersonalAccessToken>(path),
        COLUMNS,
        options,
      );
    });
  command
    .command('revoke')
    .description('end a token at once')
    .argument('<id>', 'from the list, or `self`', tokenRef)
    .option(...YES_OPTION)
    .action(async (id: string, options: YesOption) => {
      await mayAsk(context, options, `ends personal access token ${id} at once`);
      await (await context.api()).delete(`/personal_access_tokens/${id}`);
      context.stderr(`Personal access token ${id} is revoked.\n`);
    });
  return command;
}
