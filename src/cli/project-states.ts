import type { Command } from 'commander';
import { mustBeSure, YES_OPTION, type YesOption } from './confirm.ts';
import type { Context } from './context.ts';
import { segment } from './look-up.ts';

export const projectPath = (fullPath: string): string => `/projects/${segment(fullPath)}`;

/** What a whole project can be: archived, or gone. */
export function addProjectStates(command: Command, context: Context): void {
  for (const verb of ['archive', 'unarchive'] as const) {
    command
      .command(`${verb} <full-path>`)
      .description(verb === 'archive' ? 'allow pulls only' : 'allow pushes again')
      .action(async (fullPath: string) => {
        await (await context.api()).post(`${projectPath(fullPath)}/${verb}`);
        context.stderr(`${fullPath} is ${verb}d.\n`);
      });
  }
  command
    .command('delete <full-path>')
    .description('delete a project; its images stay in the registry, out of reach')
    .option(...YES_OPTION)
    .action(async (fullPath: string, options: YesOption) => {
      await mustBeSure(
        context,
        options,
        `the project ${fullPath} with its members, tokens and jobs`,
      );
      await (await context.api()).delete(projectPath(fullPath));
      context.stderr(`${fullPath} is deleted.\n`);
    });
}
