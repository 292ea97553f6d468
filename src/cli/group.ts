import { Command, Option } from 'commander';
import { mustBeSure, YES_OPTION, type YesOption } from './confirm.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { segment } from './look-up.ts';
import {
  JSON_OPTION,
  LIMIT_OPTION,
  printList,
  printOne,
  type ListOptions,
  type OutputOptions,
} from './output.ts';
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
  wharfpass group update acme/platform --name Platform
  wharfpass group list --search acme
  wharfpass group list --parent acme
  wharfpass group show acme/platform
  wharfpass group delete acme/platform
`;

export const visibilityOption = (description = 'who sees it') =>
  new Option('--visibility <visibility>', description).choices(['private', 'internal', 'public']);

export function groupCommand(context: Context): Command {
  const command = withExamples(
    new Command('group').description('groups of projects, which may hold groups'),
    EXAMPLES,
  );
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
    .option(...YES_OPTION)
    .action(async (fullPath: string, options: YesOption) => {
      await mustBeSure(
        context,
        options,
        `the group ${fullPath}, its subgroups and all their projects`,
      );
      await (await context.api()).delete(`/groups/${segment(fullPath)}`);
      context.stderr(`${fullPath} is deleted.\n`);
    });
  return command;
}

interface GroupListOptions extends ListOptions {
  readonly search?: string;
  readonly parent?: string;
  readonly all?: true;
}

function addReading(command: Command, context: Context): void {
  command
    .command('list')
    .description('list groups')
    .option('--search <text>', 'only those whose path or name holds it')
    .option(...LIMIT_OPTION)
    .option(...JSON_OPTION)
    .option('--parent <full-path>', 'only those right below this group')
    .option('--all', 'goes with --parent: also those further below')
    .action(async (options: GroupListOptions) => {
      const { search, parent, limit, all } = options;
      const below = all ? 'descendant_groups' : 'subgroups';
      const list = parent === undefined ? '/groups' : `/groups/${segment(parent)}/${below}`;
      const query = search === undefined ? '' : `?search=${segment(search)}`;
      const groups = await (await context.api()).list<Group>(`${list}${query}`, limit);
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
