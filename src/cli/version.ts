import { Command } from 'commander';
import { packageVersion } from '../package-version.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { JSON_OPTION, printJson, type OutputOptions } from './output.ts';

interface Version {
  readonly version: string;
}

export function versionCommand(context: Context): Command {
  return withExamples(
    new Command('version').description('which version this is, and which the server is'),
    '\nExamples:\n  wharfpass version\n  wharfpass version --json\n',
  )
    .option(...JSON_OPTION)
    .action(async ({ json }: OutputOptions) => {
      const client = packageVersion();
      const server = (await (await context.api()).get<Version>('/version')).version;
      if (json) return printJson(context, { client, server });
      context.stdout(`wharfpass ${client}\nserver    ${server}\n`);
    });
}
