import { Command, Option } from 'commander';
import { addAuthLog } from './auth-log.ts';
import type { Context } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { visibilityOption } from './group.ts';
import { segment } from './look-up.ts';
import { JSON_OPTION, printList, printOne, type OutputOptions } from './output.ts';
import { addProjectStates, projectPath } from './project-states.ts';
import { addRegistryAccess } from './registry-access.ts';
import type { Column } from './table.ts';
import { given } from './values.ts';

interface Project {
  readonly id: number;
  readonly path_with_namespace: string;
  readonly name: string;
  readonly visibility: string;
  readonly container_registry_access_level: string;
  readonly builds_access_level: string;
  readonly archived: boolean;
  readonly managed_by: string;
}

const COLUMNS: readonly Column<Project>[] = [
  ['id', (project) => project.id],
  ['path', (project) => project.path_with_namespace],
  ['visibility', (project) => project.visibility],
  ['registry', (project) => project.container_registry_access_level],
  ['jobs', (project) => project.builds_access_level],
  ['archived', (project) => project.archived],
  ['managed by', (project) => project.managed_by],
];

interface ProjectOptions extends OutputOptions {
  readonly name?: string;
  readonly visibility?: string;
  readonly registryAccess?: string;
  readonly jobs?: string;
}

const EXAMPLES = `
Examples:
  wharfpass project create acme/app                        private, in the group acme
  wharfpass project create jane/tool --visibility public   in jane's own namespace
  wharfpass project update acme/app --registry-access private
  wharfpass project registry-access acme/app --auto-deploy-token off
  wharfpass project archive acme/app                       pull only from now on
  wharfpass project auth-log acme/app --denied             whose jobs were refused here
`;

export function projectCommand(context: Context): Command {
  const command = new Command('project')
    .description('projects, whose images the registry holds')
    .addHelpText('after', EXAMPLES);
  addReading(command, context);
  withFields(command.command('create <full-path>').description('create a project')).action(
    async (fullPath: string, options: ProjectOptions) => {
      const slash = fullPath.lastIndexOf('/');
      if (slash < 1) {
        const message = `Name the group or user above the project, too: acme/${fullPath.slice(slash + 1)}`;
        throw new CommandError(EXIT.usage, message);
      }
      const body = {
        ...fields(options),
        path: fullPath.slice(slash + 1),
        namespace_id: fullPath.slice(0, slash),
      };
      const project = await (await context.api()).post<Project>('/projects', body);
      printOne(context, project, COLUMNS, options);
    },
  );
  withFields(command.command('update <full-path>').description('change what is named')).action(
    async (fullPath: string, options: ProjectOptions) => {
      const project = await (
        await context.api()
      ).put<Project>(projectPath(fullPath), fields(options));
      printOne(context, project, COLUMNS, options);
    },
  );
  addProjectStates(command, context);
  addRegistryAccess(command, context);
  addAuthLog(command, context);
  return command;
}

function addReading(command: Command, context: Context): void {
  command
    .command('list')
    .description('list projects')
    .option('--search <text>', 'only those whose path or name holds it')
    .option(...JSON_OPTION)
    .action(async ({ search, ...options }: OutputOptions & { search?: string }) => {
      const query = search === undefined ? '' : `?search=${segment(search)}`;
      const projects = await (await context.api()).list<Project>(`/projects${query}`);
      printList(context, projects, COLUMNS, options);
    });
  command
    .command('show <full-path>')
    .description('show one project')
    .option(...JSON_OPTION)
    .action(async (fullPath: string, options: OutputOptions) => {
      const project = await (await context.api()).get<Project>(projectPath(fullPath));
      printOne(context, project, COLUMNS, options);
    });
}

function withFields(command: Command): Command {
  return command
    .option('--name <name>', 'name for people')
    .addOption(visibilityOption())
    .addOption(
      new Option('--registry-access <who>', 'everyone with access, members only, nobody').choices([
        'enabled',
        'private',
        'disabled',
      ]),
    )
    .addOption(
      new Option('--jobs <state>', 'disabled: no job token of the project is good').choices([
        'enabled',
        'disabled',
      ]),
    )
    .option(...JSON_OPTION);
}

function fields({ name, visibility, registryAccess, jobs }: ProjectOptions) {
  return given({
    name,
    visibility,
    container_registry_access_level: registryAccess,
    builds_access_level: jobs,
  });
}
