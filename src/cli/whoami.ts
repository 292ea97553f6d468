import { Command } from 'commander';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { JSON_OPTION, printOne, type OutputOptions } from './output.ts';
import type { Column } from './table.ts';

interface Self {
  readonly user: {
    readonly username: string;
    readonly name: string;
    readonly is_admin?: boolean;
  };
  readonly token: {
    readonly id: number;
    readonly name: string;
    readonly scopes: readonly string[];
    readonly expires_at: string | null;
  };
}

const COLUMNS: readonly Column<Self>[] = [
  ['user', ({ user }) => user.username],
  ['name', ({ user }) => user.name],
  ['administrator', ({ user }) => user.is_admin ?? false],
  ['token', ({ token }) => `${token.id} (${token.name})`],
  ['scopes', ({ token }) => token.scopes],
  ['expires', ({ token }) => token.expires_at],
];

export function whoamiCommand(context: Context): Command {
  return withExamples(
    new Command('whoami').description('whose token the commands use, and what it may do'),
    '\nExamples:\n  wharfpass whoami\n  wharfpass whoami --json\n',
  )
    .option(...JSON_OPTION)
    .action(async (options: OutputOptions) => {
      const api = await context.api();
      const token = await api.get<Self['token']>('/personal_access_tokens/self');
      const user = await api.get<Self['user']>('/user');
      printOne(context, { user, token }, COLUMNS, options);
    });
}
