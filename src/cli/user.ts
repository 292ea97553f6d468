import { Command } from 'commander';
import type { Secret } from '../credential/secret.ts';
import { mustBeSure, YES_OPTION, type YesOption } from './confirm.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { userId } from './look-up.ts';
import { JSON_OPTION, printOne, type OutputOptions } from './output.ts';
import { addUserReading, USER_COLUMNS, type User } from './user-list.ts';
import { given } from './values.ts';

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
  wharfpass user unblock joe
  wharfpass user show jane
  wharfpass user list --search example.com --json
  wharfpass user delete joe
`;

export function userCommand(context: Context): Command {
  const command = withExamples(new Command('user').description('people and robots'), EXAMPLES);
  addUserReading(command, context);
  withFields(command.command('create <username>').description('create a user')).action(
    async (username: string, options: UserOptions) => {
      const api = await context.api();
      const user = await api.post<User>('/users', {
        ...(await fields(context, options)),
        username,
      });
      printOne(context, user, USER_COLUMNS, options);
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
      printOne(context, user, USER_COLUMNS, options);
    });
  addState(command, context);
  return command;
}

function withFields(command: Command): Command {
  return command
    .option('--name <name>', 'name for people')
    .option('--email <address>', 'for people; nothing is sent to it')
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
    .option(...YES_OPTION)
    .action(async (username: string, options: YesOption) => {
      await mustBeSure(
        context,
        options,
        `the user ${username}, and every project and token of ${username}`,
      );
      const api = await context.api();
      await api.delete(`/users/${await userId(api, username)}`);
      context.stderr(`${username} is deleted.\n`);
    });
}
