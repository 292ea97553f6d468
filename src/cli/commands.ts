/** Every command by its name, in the order of the help. Each is loaded when it is asked for. */
import type { Command } from 'commander';
import type { Context } from './context.ts';

export interface CommandEntry {
  readonly name: string;
  readonly description: string;
  readonly heading: string;
  /** @param whole makes the program with every command loaded */
  readonly load: (context: Context, whole: () => Promise<Command>) => Promise<Command>;
}

const SERVER = 'The server:';
const OBJECTS = 'What it knows (asks a running server):';
const FILES = 'Files:';
const SHELL = 'The shell:';

export const COMMANDS: readonly CommandEntry[] = [
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
    name: 'allowlist',
    description: "which other projects' jobs may come into a project with their token",
    heading: OBJECTS,
    load: async (context) => (await import('./allowlist.ts')).allowlistCommand(context),
  },
  {
    name: 'protection',
    description: 'rules of a project: below which role nobody pushes or deletes',
    heading: OBJECTS,
    load: async (context) => (await import('./protection.ts')).protectionCommand(context),
  },
  {
    name: 'deploy-token',
    description: 'long-lived credentials of a project or group',
    heading: OBJECTS,
    load: async (context) => (await import('./deploy-token.ts')).deployTokenCommand(context),
  },
  {
    name: 'pull-secret',
    description: 'a Kubernetes Secret or docker config.json to pull with, and its rotation',
    heading: OBJECTS,
    load: async (context) => (await import('./pull-secret.ts')).pullSecretCommand(context),
  },
  {
    name: 'token',
    description: 'personal access tokens',
    heading: OBJECTS,
    load: async (context) => (await import('./token.ts')).tokenCommand(context),
  },
  {
    name: 'converted-token',
    description: "passwords of ended jobs that may still read a project's images",
    heading: OBJECTS,
    load: async (context) => (await import('./converted-token.ts')).convertedTokenCommand(context),
  },
  {
    name: 'job',
    description: 'CI jobs, as the CI system starts and ends them',
    heading: OBJECTS,
    load: async (context) => (await import('./job.ts')).jobCommand(context),
  },
  {
    name: 'revoke',
    description: 'end many credentials at once, or the one whose secret leaked',
    heading: OBJECTS,
    load: async (context) => (await import('./revoke.ts')).revokeCommand(context),
  },
  {
    name: 'explain',
    description: 'why somebody may or may not pull, push or delete',
    heading: OBJECTS,
    load: async (context) => (await import('./explain.ts')).explainCommand(context),
  },
  {
    name: 'audit',
    description: 'who asked for what and got it or not, and who changed what',
    heading: OBJECTS,
    load: async (context) => (await import('./audit.ts')).auditCommand(context),
  },
  {
    name: 'whoami',
    description: 'whose token the commands use, and what it may do',
    heading: OBJECTS,
    load: async (context) => (await import('./whoami.ts')).whoamiCommand(context),
  },
  {
    name: 'version',
    description: 'which version this is, and which the server is',
    heading: OBJECTS,
    load: async (context) => (await import('./version.ts')).versionCommand(context),
  },
  {
    name: 'api',
    description: 'send any request to the REST API and print its JSON',
    heading: OBJECTS,
    load: async (context) => (await import('./api.ts')).apiCommand(context),
  },
  {
    name: 'export',
    description: 'write the whole directory of a server as YAML',
    heading: OBJECTS,
    load: async (context) => (await import('./export.ts')).exportCommand(context),
  },
  {
    name: 'import',
    description: 'read a file of an export, or one like it, into a server',
    heading: OBJECTS,
    load: async (context) => (await import('./import.ts')).importCommand(context),
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
  {
    name: 'completion',
    description: 'print the script that completes commands in bash, zsh or fish',
    heading: SHELL,
    load: async (context, whole) =>
      (await import('./completion.ts')).completionCommand(context, whole),
  },
];
