import { Command } from 'commander';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { sourcePath, userId, type SourceOptions } from './look-up.ts';
import {
  JSON_OPTION,
  LIMIT_OPTION,
  printList,
  printOne,
  type ListOptions,
  type OutputOptions,
} from './output.ts';
import type { Column } from './table.ts';
import { accessLevel, given, moment, roleName } from './values.ts';

interface Member {
  readonly id: number;
  readonly username: string;
  readonly state: string;
  readonly access_level: number;
  readonly expires_at: string | null;
  readonly managed_by?: string;
}

const COLUMNS: readonly Column<Member>[] = [
  ['username', (member) => member.username],
  ['access', (member) => roleName(member.access_level)],
  ['expires', (member) => member.expires_at],
  ['user state', (member) => member.state],
  ['managed by', (member) => member.managed_by],
];

interface MemberOptions extends OutputOptions, SourceOptions {
  readonly access: number;
  readonly expiresAt?: string;
}

const EXAMPLES = `
Examples:
  wharfpass member add jane --project acme/app --access developer
  wharfpass member add joe --group acme --access reporter --expires-at 2027-01-31
  wharfpass member set jane --project acme/app --access maintainer
  wharfpass member list --project acme/app --all       those of the groups above, too
  wharfpass member show jane --project acme/app
  wharfpass member remove joe --group acme
`;

export function memberCommand(context: Context): Command {
  const command = withExamples(
    new Command('member').description('who belongs to a project or group, and as what'),
    EXAMPLES,
  );
  withSource(command.command('list').description('list members'))
    .option('--all', 'with the members of the groups above')
    .option(...LIMIT_OPTION)
    .option(...JSON_OPTION)
    .action(async ({ all, ...options }: ListOptions & SourceOptions & { all?: true }) => {
      const path = `${sourcePath(options)}/members${all ? '/all' : ''}`;
      const members = await (await context.api()).list<Member>(path, options.limit);
      printList(context, members, COLUMNS, options);
    });
  withSource(command.command('show <username>').description('show one member'))
    .option('--all', 'also one of the groups above')
    .option(...JSON_OPTION)
    .action(async (username: string, options: OutputOptions & SourceOptions & { all?: true }) => {
      const path = `${sourcePath(options)}/members${options.all ? '/all' : ''}`;
      const api = await context.api();
      const member = await api.get<Member>(`${path}/${await userId(api, username)}`);
      printOne(context, member, COLUMNS, options);
    });
  withGrant(command.command('add <username>').description('make a user a member')).action(
    async (username: string, options: MemberOptions) => {
      const path = `${sourcePath(options)}/members`;
      const member = await (
        await context.api()
      ).post<Member>(path, { ...grant(options), username });
      printOne(context, member, COLUMNS, options);
    },
  );
  withGrant(command.command('set <username>').description('change what a member may do')).action(
    async (username: string, options: MemberOptions) => {
      const path = `${sourcePath(options)}/members`;
      const api = await context.api();
      const id = await userId(api, username);
      const member = await api.put<Member>(`${path}/${id}`, grant(options));
      printOne(context, member, COLUMNS, options);
    },
  );
  withSource(command.command('remove <username>').description('end a membership')).action(
    async (username: string, options: SourceOptions) => {
      const path = `${sourcePath(options)}/members`;
      const api = await context.api();
      await api.delete(`${path}/${await userId(api, username)}`);
      context.stderr(`${username} is no member any more.\n`);
    },
  );
  return command;
}

export function withSource(command: Command): Command {
  return command
    .option('--project <full-path>', 'of this project')
    .option('--group <full-path>', 'of this group, and so of all in it');
}

function withGrant(command: Command): Command {
  return withSource(command)
    .requiredOption(
      '--access <level>',
      'guest, planner, reporter, developer, maintainer or owner',
      accessLevel,
    )
    .option('--expires-at <date>', 'end of the membership; default never', moment)
    .option(...JSON_OPTION);
}

function grant({ access, expiresAt }: MemberOptions): Record<string, unknown> {
  return given({ access_level: access, expires_at: expiresAt });
}
