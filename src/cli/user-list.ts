import type { Command } from 'commander';
import type { Context } from './context.ts';
import { userId } from './look-up.ts';
import {
  JSON_OPTION,
  LIMIT_OPTION,
  printList,
  printOne,
  type ListOptions,
  type OutputOptions,
} from './output.ts';
import type { Column } from './table.ts';
import { queryOf } from './values.ts';

export interface User {
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
export const USER_COLUMNS: readonly Column<User>[] = [
  ...SHORT,
  ['email', (user) => user.email],
  ['two factor', (user) => user.two_factor_enabled],
];

interface UserListOptions extends ListOptions {
  readonly search?: string;
  readonly blocked?: true;
  readonly admins?: true;
  readonly external?: true;
}

/** `user list` and `user show`. */
export function addUserReading(command: Command, context: Context): void {
  command
    .command('list')
    .description('list users')
    .option('--search <text>', 'only those whose name, username or e-mail holds it')
    .option(...LIMIT_OPTION)
    .option(...JSON_OPTION)
    .option('--blocked', 'only blocked ones')
    .option('--admins', 'only administrators')
    .option('--external', 'only external ones')
    .action(async (options: UserListOptions) => {
      const { search, blocked, admins, external, limit } = options;
      const path = `/users${queryOf({ search, blocked, admins, external })}`;
      const users = await (await context.api()).list<User>(path, limit);
      printList(context, users, SHORT, options);
    });
  command
    .command('show <username>')
    .description('show one user')
    .option(...JSON_OPTION)
    .action(async (username: string, options: OutputOptions) => {
      const api = await context.api();
      const user = await api.get<User>(`/users/${await userId(api, username)}`);
      printOne(context, user, USER_COLUMNS, options);
    });
}
