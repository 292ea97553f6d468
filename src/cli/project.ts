import { Command, Option } from 'commander';
import { addAuthLog } from './auth-log.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { visibilityOption } from './group.ts';
import { JSON_OPTION, printOne, type OutputOptions } from './output.ts';
import { addProjectReading, PROJECT_COLUMNS, type Project } from './project-list.ts';
import { addProjectStates, projectPath } from './project-states.ts';
import { addRegistryAccess } from './registry-access.ts';
import { given } from './values.ts';

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
  wharfpass project list --search app
  wharfpass project list --group acme --all
  wharfpass project show acme/app
  wharfpass project update acme/app --registry-access private
  wharfpass project registry-access acme/app --auto-deploy-token off
  wharfpass project archive acme/app                       pull only from now on
  wharfpass project unarchive acme/app
  wharfpass project delete acme/app
  wharfpass project auth-log acme/app --denied             whose jobs were refused here
`;

export function projectCommand(context: Context): Command {
  const command = withExamples(
    new Command('project').description('projects, whose images the registry holds'),
    EXAMPLES,
  );
  addProjectReading(command, context);
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
      printOne(context, project, PROJECT_COLUMNS, options);
    },
  );
  withFields(command.command('update <full-path>').description('change what is named')).action(
    async (fullPath: string, options: ProjectOptions) => {
      const project = await (
        await context.api()
      ).put<Project>(projectPath(fullPath), fields(options));
      printOne(context, project, PROJECT_COLUMNS, options);
    },
  );
  addProjectStates(command, context);
  addRegistryAccess(command, context);
  addAuthLog(command, context);
  return command;
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
