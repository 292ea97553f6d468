import { Command } from 'commander';
import type { ApiClient } from './api-client.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { idOf, segment, sourcePath, type SourceOptions } from './look-up.ts';
import { JSON_OPTION, printJson, printList, printOne, type OutputOptions } from './output.ts';
import type { Column } from './table.ts';
import { collect } from './values.ts';

interface Entry {
  readonly id: number;
  readonly path_with_namespace?: string;
  readonly full_path?: string;
  readonly default_permissions: boolean;
  readonly job_token_policies: readonly string[];
}

const COLUMNS: readonly Column<Entry>[] = [
  ['kind', (entry) => (entry.full_path === undefined ? 'project' : 'group')],
  ['path', (entry) => entry.full_path ?? entry.path_with_namespace],
  ['id', (entry) => entry.id],
  ['limited to', (entry) => (entry.default_permissions ? 'no limit' : entry.job_token_policies)],
];

interface EntryOptions extends OutputOptions, SourceOptions {
  readonly policy?: readonly string[];
}

const EXAMPLES = `
Examples:
  wharfpass allowlist list acme/app                     whose jobs may come in with their token
  wharfpass allowlist add acme/app --project acme/deploy
  wharfpass allowlist add acme/app --group acme --policy READ_CONTAINERS
  wharfpass allowlist set acme/app --group acme         no limit any more
  wharfpass allowlist remove acme/app --project acme/deploy
  wharfpass allowlist status acme/app
  wharfpass allowlist off acme/app                      every project's jobs, as far as their user may
  wharfpass allowlist on acme/app
`;

const scopePath = (project: string): string => `/projects/${segment(project)}/job_token_scope`;

/** The list that has entries of this kind. */
const listOf = (project: string, { group }: SourceOptions): string =>
  `${scopePath(project)}/${group === undefined ? 'allowlist' : 'groups_allowlist'}`;

export function allowlistCommand(context: Context): Command {
  const command = withExamples(
    new Command('allowlist').description(
      "which other projects' jobs may come into a project with their token",
    ),
    EXAMPLES,
  );
  command
    .command('list <full-path>')
    .description('list the projects and groups on the allowlist')
    .option(...JSON_OPTION)
    .action(async (project: string, options: OutputOptions) => {
      const api = await context.api();
      const projects = await api.list<Entry>(`${scopePath(project)}/allowlist`);
      const groups = await api.list<Entry>(`${scopePath(project)}/groups_allowlist`);
      if (options.json) printJson(context, { projects, groups });
      else printList(context, [...projects, ...groups], COLUMNS, options);
    });
  addChanges(command, context);
  addSwitch(command, context);
  return command;
}

function addChanges(command: Command, context: Context): void {
  withEntry(
    command.command('add <full-path>').description('let a project or group in'),
    true,
  ).action(async (project: string, options: EntryOptions) => {
    sourcePath(options);
    const api = await context.api();
    const kind = options.group === undefined ? 'project' : 'group';
    const body = { [`target_${kind}_id`]: await idOf(api, options), ...limits(options) };
    const added = await api.post(listOf(project, options), body);
    tell(context, options, added, `may come into ${project}, as far as their user may`);
  });
  withEntry(
    command.command('set <full-path>').description('change what an entry is limited to'),
    true,
  ).action(async (project: string, options: EntryOptions) => {
    sourcePath(options);
    const api = await context.api();
    const path = await entryPath(api, project, options);
    const entry = await api.patch(path, { default_permissions: true, ...limits(options) });
    tell(context, options, entry, `are limited to ${options.policy?.join(', ') ?? 'nothing'}`);
  });
  withEntry(command.command('remove <full-path>').description('take an entry off the list')).action(
    async (project: string, options: SourceOptions) => {
      sourcePath(options);
      const api = await context.api();
      await api.delete(await entryPath(api, project, options));
      context.stderr(`${nameOf(options)} is off the allowlist of ${project}.\n`);
    },
  );
}

const entryPath = async (api: ApiClient, project: string, source: SourceOptions): Promise<string> =>
  `${listOf(project, source)}/${await idOf(api, source)}`;

const nameOf = ({ project, group }: SourceOptions): string => project ?? group ?? '';

function tell(context: Context, options: EntryOptions, answer: unknown, what: string): void {
  if (options.json) printJson(context, answer);
  else context.stderr(`Jobs of ${nameOf(options)} ${what}.\n`);
}

function limits({ policy }: EntryOptions): object {
  return policy === undefined ? {} : { default_permissions: false, job_token_policies: policy };
}

function withEntry(command: Command, limited = false): Command {
  command
    .option('--project <full-path>', 'this project')
    .option('--group <full-path>', 'this group: all projects in it and below it');
  if (!limited) return command;
  return command
    .option(
      '--policy <policy>',
      'only for this, such as READ_CONTAINERS or ADMIN_CONTAINERS; default: no limit',
      collect,
    )
    .option(...JSON_OPTION);
}

interface Scope {
  readonly inbound_enabled: boolean;
}

function addSwitch(command: Command, context: Context): void {
  command
    .command('status <full-path>')
    .description('show whether the allowlist is on')
    .option(...JSON_OPTION)
    .action(async (project: string, options: OutputOptions) => {
      const scope = await (await context.api()).get<Scope>(scopePath(project));
      const columns: readonly Column<Scope>[] = [
        ['only from the list', (each) => each.inbound_enabled],
      ];
      printOne(context, scope, columns, options);
    });
  for (const verb of ['on', 'off'] as const) {
    command
      .command(`${verb} <full-path>`)
      .description(
        verb === 'on'
          ? 'let in only what is on the list'
          : 'let in the jobs of every project, as far as their user may',
      )
      .action(async (project: string) => {
        await (await context.api()).patch(scopePath(project), { enabled: verb === 'on' });
        context.stderr(`The allowlist of ${project} is ${verb}.\n`);
      });
  }
}
