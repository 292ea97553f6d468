/** The commands. Only the one that is asked for is loaded, so that `--help` costs nothing. */
import { Command } from 'commander';
import { createContext, type Context, type Io } from './context.ts';
import { packageVersion } from './package-file.ts';

interface Entry {
  readonly name: string;
  readonly description: string;
  readonly heading: string;
  readonly load: (context: Context) => Promise<Command>;
}

const SERVER = 'The server:';
const OBJECTS = 'What it knows (asks a running server):';
const FILES = 'Files:';

const ENTRIES: readonly Entry[] = [
  {
    name: 'serve',
    description: 'serve tokens',
    heading: SERVER,
    load: async (context) => (await import('./serve.ts')).serveCommand(context),
  },
  {
    name: 'init',
    description: 'make settings, keys, data folder and admin token where they are missing',
    heading: SERVER,
    load: async (context) => (await import('./init.ts')).initCommand(context),
  },
  {
    name: 'check',
    description: 'check settings, keys, data and directory file',
    heading: SERVER,
    load: async (context) => (await import('./check.ts')).checkCommand(context),
  },
  {
    name: 'doctor',
    description: 'find out why logins, pulls or pushes at a registry fail',
    heading: SERVER,
    load: async (context) => (await import('./doctor.ts')).doctorCommand(context),
  },
  {
    name: 'user',
    description: 'people and robots',
    heading: OBJECTS,
    load: async (context) => (await import('./user.ts')).userCommand(context),
  },
  {
    name: 'group',
    description: 'groups of projects',
    heading: OBJECTS,
    load: async (context) => (await import('./group.ts')).groupCommand(context),
  },
  {
    name: 'project',
    description: 'projects, whose images the registry holds',
    heading: OBJECTS,
    load: async (context) => (await import('./project.ts')).projectCommand(context),
  },
  {
    name: 'member',
    description: 'who belongs to a project or group, and as what',
    heading: OBJECTS,
    load: async (context) => (await import('./member.ts')).memberCommand(context),
  },
  {
    name: 'deploy-token',
    description: 'long-lived credentials of a project or group',
    heading: OBJECTS,
    load: async (context) => (await import('./deploy-token.ts')).deployTokenCommand(context),
  },
  {
    name: 'token',
    description: 'personal access tokens',
    heading: OBJECTS,
    load: async (context) => (await import('./token.ts')).tokenCommand(context),
  },
  {
    name: 'job',
    description: 'CI jobs, as the CI system starts and ends them',
    heading: OBJECTS,
    load: async (context) => (await import('./job.ts')).jobCommand(context),
  },
  {
    name: 'explain',
    description: 'why somebody may or may not pull, push or delete',
    heading: OBJECTS,
    load: async (context) => (await import('./explain.ts')).explainCommand(context),
  },
  {
    name: 'directory',
    description: 'the directory file: check, compare, apply',
    heading: FILES,
    load: async (context) => (await import('./directory.ts')).directoryCommand(context),
  },
  {
    name: 'keys',
    description: 'look after the signing keys',
    heading: FILES,
    load: async (context) => (await import('./keys.ts')).keysCommand(context),
  },
  {
    name: 'store',
    description: 'look after the store: back up, check, move',
    heading: FILES,
    load: async (context) => (await import('./store.ts')).storeCommand(context),
  },
];

const HELP = `
Environment:
  WHARFPASS_CONFIG   the settings file, like --config
  WHARFPASS_URL      the server that the commands ask; default: the one on this machine
  WHARFPASS_TOKEN    a personal access token with the scope api (or WHARFPASS_TOKEN_FILE);
                     default: the administrator's, if it lies on this machine
  WHARFPASS_…        any setting; see docs/configuration.md

Examples:
  wharfpass serve
  wharfpass group create acme && wharfpass project create acme/app
  wharfpass job start --project acme/app --user root
`;

/** @param args the command line without program and script */
export async function createProgram(args: readonly string[], io: Io): Promise<Command> {
  const program = new Command('wharfpass')
    .description('The token server for container registries that knows a forge’s credentials.')
    .version(packageVersion())
    .option('--config <file>', 'settings file; default config/wharfpass.yml, if there is one')
    .addHelpText('after', HELP);
  const context = createContext(io, () => program.opts<{ config?: string }>().config);
  const wanted = commandNames(args);
  for (const { name, description, heading, load } of ENTRIES) {
    const command = wanted.includes(name)
      ? await load(context)
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
