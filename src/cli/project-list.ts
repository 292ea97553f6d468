import type { Command } from 'commander';
import type { ApiClient } from './api-client.ts';
import type { Context } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { visibilityOption } from './group.ts';
import { segment, userId } from './look-up.ts';
import {
  JSON_OPTION,
  LIMIT_OPTION,
  printList,
  printOne,
  type ListOptions,
  type OutputOptions,
} from './output.ts';
import { projectPath } from './project-states.ts';
import type { Column } from './table.ts';
import { queryOf } from './values.ts';

export interface Project {
  readonly id: number;
  readonly path_with_namespace: string;
  readonly name: string;
  readonly visibility: string;
  readonly container_registry_access_level: string;
  readonly builds_access_level: string;
  readonly archived: boolean;
  readonly managed_by: string;
}

export const PROJECT_COLUMNS: readonly Column<Project>[] = [
  ['id', (project) => project.id],
  ['path', (project) => project.path_with_namespace],
  ['visibility', (project) => project.visibility],
  ['registry', (project) => project.container_registry_access_level],
  ['jobs', (project) => project.builds_access_level],
  ['archived', (project) => project.archived],
  ['managed by', (project) => project.managed_by],
];

/** `project list` and `project show`. */
export function addProjectReading(command: Command, context: Context): void {
  command
    .command('list')
    .description('list projects')
    .option('--search <text>', 'only those whose path or name holds it')
    .option(...LIMIT_OPTION)
    .option(...JSON_OPTION)
    .option('--group <full-path>', 'only those of this group; with --all also of the groups below')
    .option('--all', 'goes with --group')
    .option('--mine', 'only those that you are a member of')
    .option('--archived', 'only archived ones')
    .addOption(visibilityOption('only these'))
    .option('--user <username>', "only those in this user's own namespace")
    .action(async (options: ProjectListOptions) => {
      const api = await context.api();
      const projects = await api.list<Project>(await listPath(api, options), options.limit);
      printList(context, projects, PROJECT_COLUMNS, options);
    });
  command
    .command('show <full-path>')
    .description('show one project')
    .option(...JSON_OPTION)
    .action(async (fullPath: string, options: OutputOptions) => {
      const project = await (await context.api()).get<Project>(projectPath(fullPath));
      printOne(context, project, PROJECT_COLUMNS, options);
    });
}

interface ProjectListOptions extends ListOptions {
  readonly search?: string;
  readonly visibility?: string;
  readonly mine?: true;
  readonly archived?: true;
  readonly group?: string;
  readonly all?: true;
  readonly user?: string;
}

async function listPath(api: ApiClient, options: ProjectListOptions): Promise<string> {
  const { search, group, all, user, visibility, mine, archived } = options;
  if (group !== undefined && user !== undefined) {
    throw new CommandError(EXIT.usage, 'Name one of them: --group <path> or --user <username>.');
  }
  const query = queryOf({
    search,
    search_namespaces: search === undefined ? undefined : true,
    visibility,
    membership: mine,
    archived,
    include_subgroups: all,
  });
  const base =
    group !== undefined
      ? `/groups/${segment(group)}`
      : user !== undefined
        ? `/users/${await userId(api, user)}`
        : '';
  return `${base}/projects${query}`;
}
