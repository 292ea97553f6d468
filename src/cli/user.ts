import { Command } from 'commander';
import type { Secret } from '../credential/secret.ts';
import type { Context } from './context.ts';
import { mustBeSure, segment, userId } from './look-up.ts';
import { JSON_OPTION, printList, printOne, type OutputOptions } from './output.ts';
import type { Column } from './table.ts';
import { given } from './values.ts';

interface User {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly state: string;
  readonly email?: string | null;
  readonly is_admin?: boolean;
  readonly external?: boolean;
  readonly two_factor_enabled?: boolean;
  readonly managed_by?: string;
}

const SHORT: readonly Column<User>[] = [
  ['id', (user) => user.id],
  ['username', (user) => user.username],
  ['name', (user) => user.name],
  ['state', (user) => user.state],
  ['admin', (user) => user.is_admin],
  ['external', (user) => user.external],
  ['managed by', (user) => user.managed_by],
];
const LONG: readonly Column<User>[] = [
  ...SHORT,
  ['email', (user) => user.email],
  ['two factor', (user) => user.two_factor_enabled],
];

interface UserOptions extends OutputOptions {
  readonly name?: string;
  readonly email?: string;
  readonly admin?: boolean;
  readonly external?: boolean;
  readonly twoFactor?: boolean;
  readonly passwordStdin?: true;
}

const EXAMPLES = `
Examples:
  wharfpass user create jane --name "Jane Doe"
  wharfpass user create joe --password-stdin < password.txt
  wharfpass user update jane --external
  wharfpass user block joe              none of joe's credentials works from now on
  wharfpass user list --json
`;

export function userCommand(context: Context): Command {
  const command = new Command('user')
    .description('people and robots')
    .addHelpText('after', EXAMPLES);
  addReading(command, context);
  withFields(command.command('create <username>').description('create a user')).action(
    async (username: string, options: UserOptions) => {
      const api = await context.api();
      const user = await api.post<User>('/users', {
        ...(await fields(context, options)),
        username,
      });
      printOne(context, user, LONG, options);
    },
  );
  withFields(command.command('update <username>').description('change what is named'))
    .option('--no-admin', 'no administrator any more')
    .option('--no-external', 'an ordinary user again')
    .option('--no-two-factor', 'the password alone logs in again')
    .action(async (username: string, options: UserOptions) => {
      const api = await context.api();
      const path = `/users/${await userId(api, username)}`;
      const user = await api.put<User>(path, await fields(context, options));
      printOne(context, user, LONG, options);
    });
  addState(command, context);
  return command;
}

function addReading(command: Command, context: Context): void {
  command
    .command('list')
    .description('list users')
    .option('--search <text>', 'only those whose name, username or e-mail holds it')
    .option(...JSON_OPTION)
    .action(async ({ search, ...options }: OutputOptions & { search?: string }) => {
      const query = search === undefined ? '' : `?search=${segment(search)}`;
      const users = await (await context.api()).list<User>(`/users${query}`);
      printList(context, users, SHORT, options);
    });
  command
    .command('show <username>')
    .description('show one user')
    .option(...JSON_OPTION)
    .action(async (username: string, options: OutputOptions) => {
      const api = await context.api();
      const user = await api.get<User>(`/users/${await userId(api, username)}`);
      printOne(context, user, LONG, options);
    });
}

function withFields(command: Command): Command {
  return command
    .option('--name <name>', 'name for people')
    .option('--email <address>')
    .option('--admin', 'administrator: sees and changes everything, but not through a CI job')
    .option('--external', 'sees internal projects only as a member')
    .option('--two-factor', 'the password alone does not log in')
    .option('--password-stdin', 'read a password, at least 8 characters; without one, tokens only')
    .option(...JSON_OPTION);
}

async function fields(context: Context, options: UserOptions): Promise<Record<string, unknown>> {
  const password: Secret | undefined = options.passwordStdin
    ? await context.readSecret('Password: ')
    : undefined;
  return given({
    name: options.name,
    email: options.email,
    admin: options.admin,
    external: options.external,
    two_factor_enabled: options.twoFactor,
    password: password?.reveal(),
  });
}

function addState(command: Command, context: Context): void {
  for (const verb of ['block', 'unblock'] as const) {
    command
      .command(`${verb} <username>`)
      .description(
        verb === 'block'
          ? 'stop every credential of a user at once'
          : 'let a blocked user in again',
      )
      .action(async (username: string) => {
        const api = await context.api();
        await api.post(`/users/${await userId(api, username)}/${verb}`);
        context.stderr(`${username} is ${verb}ed.\n`);
      });
  }
  command
    .command('delete <username>')
    .description('delete a user, with the projects in the user’s own namespace')
    .option('--yes', 'do it')
    .action(async (username: string, { yes }: { yes?: true }) => {
      mustBeSure(yes, `the user ${username}, and every project and token of ${username}`);
      const api = await context.api();
      await api.delete(`/users/${await userId(api, username)}`);
      context.stderr(`${username} is deleted.\n`);
    });
}
