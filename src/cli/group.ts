import { Command, Option } from 'commander';
import type { Context } from './context.ts';
import { mustBeSure, segment } from './look-up.ts';
import { JSON_OPTION, printList, printOne, type OutputOptions } from './output.ts';
import type { Column } from './table.ts';
import { given } from './values.ts';

interface Group {
  readonly id: number;
  readonly full_path: string;
  readonly name: string;
  readonly visibility: string;
  readonly managed_by: string;
}

const COLUMNS: readonly Column<Group>[] = [
  ['id', (group) => group.id],
  ['path', (group) => group.full_path],
  ['name', (group) => group.name],
  ['visibility', (group) => group.visibility],
  ['managed by', (group) => group.managed_by],
];

interface GroupOptions extends OutputOptions {
  readonly name?: string;
  readonly visibility?: string;
}

const EXAMPLES = `
Examples:
  wharfpass group create acme
  wharfpass group create acme/platform --visibility internal
  wharfpass group list
`;

export const visibilityOption = () =>
  new Option('--visibility <visibility>', 'who sees it').choices(['private', 'internal', 'public']);

export function groupCommand(context: Context): Command {
  const command = new Command('group')
    .description('groups of projects, which may hold groups')
    .addHelpText('after', EXAMPLES);
  addReading(command, context);
  command
    .command('create <full-path>')
    .description('create a group; one above it must exist')
    .option('--name <name>', 'name for people')
    .addOption(visibilityOption())
    .option(...JSON_OPTION)
    .action(async (fullPath: string, options: GroupOptions) => {
      const api = await context.api();
      const slash = fullPath.lastIndexOf('/');
      const path = fullPath.slice(slash + 1);
      const parent =
        slash < 0
          ? undefined
          : await api.get<Group>(`/groups/${segment(fullPath.slice(0, slash))}`);
      const { name = path, visibility } = options;
      const group = await api.post<Group>(
        '/groups',
        given({ path, name, visibility, parent_id: parent?.id }),
      );
      printOne(context, group, COLUMNS, options);
    });
  command
    .command('update <full-path>')
    .description('change what is named')
    .option('--name <name>', 'name for people')
    .addOption(visibilityOption())
    .option(...JSON_OPTION)
    .action(async (fullPath: string, options: GroupOptions) => {
      const { name, visibility } = options;
      const api = await context.api();
      const group = await api.put<Group>(
        `/groups/${segment(fullPath)}`,
        given({ name, visibility }),
      );
      printOne(context, group, COLUMNS, options);
    });
  command
    .command('delete <full-path>')
    .description('delete a group with all its subgroups and projects')
    .option('--yes', 'do it')
    .action(async (fullPath: string, { yes }: { yes?: true }) => {
      mustBeSure(yes, `the group ${fullPath}, its subgroups and all their projects`);
      await (await context.api()).delete(`/groups/${segment(fullPath)}`);
      context.stderr(`${fullPath} is deleted.\n`);
    });
  return command;
}

function addReading(command: Command, context: Context): void {
  command
    .command('list')
    .description('list groups')
    .option('--search <text>', 'only those whose path or name holds it')
    .option(...JSON_OPTION)
    .action(async ({ search, ...options }: OutputOptions & { search?: string }) => {
      const query = search === undefined ? '' : `?search=${segment(search)}`;
      const groups = await (await context.api()).list<Group>(`/groups${query}`);
      printList(context, groups, COLUMNS, options);
    });
  command
    .command('show <full-path>')
    .description('show one group')
    .option(...JSON_OPTION)
    .action(async (fullPath: string, options: OutputOptions) => {
      const group = await (await context.api()).get<Group>(`/groups/${segment(fullPath)}`);
      printOne(context, group, COLUMNS, options);
    });
}
