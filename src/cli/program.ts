/** The program, with the commands of commands.ts. Only the one that is asked for is loaded, so that `--help` costs nothing. */
import { Command } from 'commander';
import { packageVersion } from '../package-version.ts';
import { COMMANDS } from './commands.ts';
import { createContext, type Io } from './context.ts';

const HELP = `
Environment:
  WHARFPASS_CONFIG   the settings file, like --config
  WHARFPASS_URL      the server that the commands ask; default: the one on this machine
  WHARFPASS_TOKEN    a personal access token with the scope api (or WHARFPASS_TOKEN_FILE);
                     default: the administrator's, if it lies on this machine
  WHARFPASS_JOB_TOKEN
                     the token of a running job, for what a job may ask
  WHARFPASS_…        any setting; see docs/configuration.md

Examples:
  wharfpass serve
  wharfpass group create acme && wharfpass project create acme/app
  wharfpass job start --project acme/app --user root
`;

/** @param args the command line without program and script */
export function createProgram(args: readonly string[], io: Io): Promise<Command> {
  const wanted = commandNames(args);
  return build((name) => wanted.includes(name), io);
}

/** With every command loaded, for who looks at all of them. */
export function createWholeProgram(io: Io): Promise<Command> {
  return build(() => true, io);
}

async function build(wanted: (name: string) => boolean, io: Io): Promise<Command> {
  const program = new Command('wharfpass')
    .description('The token server for container registries that knows a forge’s credentials.')
    .version(packageVersion())
    .option('--config <file>', 'settings file; default config/wharfpass.yml, if there is one')
    .addHelpText('after', HELP);
  const context = createContext(io, () => program.opts<{ config?: string }>().config);
  for (const { name, description, heading, load } of COMMANDS) {
    const command = wanted(name)
      ? await load(context, () => createWholeProgram(io))
      : new Command(name).description(description);
    program.addCommand(command.helpGroup(heading));
  }
  adopt(program, io);
  return program;
}

/** The first word that is no option; behind `help`, the second. */
function commandNames(args: readonly string[]): string[] {
  const words = args.filter((arg, i) => !arg.startsWith('-') && args[i - 1] !== '--config');
  return words.slice(0, words[0] === 'help' ? 2 : 1);
}

/** Errors come back as exceptions, and words go where we say. */
function adopt(command: Command, io: Io): void {
  command
    .exitOverride()
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr })
    .showHelpAfterError('(add --help for options and examples)');
  for (const child of command.commands) adopt(child, io);
}
