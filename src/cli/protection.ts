import { Command, Option } from 'commander';
import type { ApiClient } from './api-client.ts';
import { mayAsk, YES_OPTION, type YesOption } from './confirm.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { segment } from './look-up.ts';
import { JSON_OPTION, printList, printOne, type OutputOptions } from './output.ts';
import type { Column } from './table.ts';
import { given, wholeNumber } from './values.ts';

interface Rule {
  readonly id: number;
  readonly repository_path_pattern?: string;
  readonly tag_name_pattern?: string;
  readonly minimum_access_level_for_push: string | null;
  readonly minimum_access_level_for_delete: string | null;
}

const COLUMNS: readonly Column<Rule>[] = [
  ['id', (rule) => rule.id],
  ['kind', (rule) => (rule.tag_name_pattern === undefined ? 'repository' : 'tag')],
  ['pattern', (rule) => rule.tag_name_pattern ?? rule.repository_path_pattern],
  ['push from', (rule) => rule.minimum_access_level_for_push],
  ['delete from', (rule) => rule.minimum_access_level_for_delete],
];

interface RuleOptions extends OutputOptions {
  readonly repository?: string;
  readonly tag?: string;
  readonly push?: string;
  readonly delete?: string;
}

const EXAMPLES = `
Examples:
  wharfpass protection list acme/app
  wharfpass protection create acme/app --repository 'acme/app/release*' --push maintainer
  wharfpass protection create acme/app --tag 'v*' --push maintainer --delete owner
  wharfpass protection update acme/app 3 --delete anyone
  wharfpass protection delete acme/app 3
`;

const KINDS = ['repository', 'tag'] as const;
const rulesPath = (project: string, kind: string): string =>
  `/projects/${segment(project)}/registry/protection/${kind}/rules`;

export function protectionCommand(context: Context): Command {
  const command = withExamples(
    new Command('protection').description(
      'rules of a project: below which role nobody pushes or deletes',
    ),
    EXAMPLES,
  );
  command
    .command('list <full-path>')
    .description('list the rules for repositories and tags')
    .option(...JSON_OPTION)
    .action(async (project: string, options: OutputOptions) => {
      printList(context, await allRules(await context.api(), project), COLUMNS, options);
    });
  withFields(command.command('create <full-path>').description('create a rule')).action(
    async (project: string, options: RuleOptions) => {
      if ((options.repository === undefined) === (options.tag === undefined)) {
        throw new CommandError(EXIT.usage, 'Name one: --repository <pattern> or --tag <pattern>.');
      }
      const kind = options.tag === undefined ? 'repository' : 'tag';
      const api = await context.api();
      const rule = await api.post<Rule>(rulesPath(project, kind), fields(options));
      printOne(context, rule, COLUMNS, options);
    },
  );
  addChanges(command, context);
  return command;
}

function addChanges(command: Command, context: Context): void {
  withFields(command.command('update <full-path>').description('change what is named'))
    .argument('<id>', 'from the list', wholeNumber)
    .action(async (project: string, id: number, options: RuleOptions) => {
      const api = await context.api();
      const path = await rulePath(api, project, id);
      printOne(context, await api.patch<Rule>(path, fields(options)), COLUMNS, options);
    });
  command
    .command('delete <full-path>')
    .description('take a rule away')
    .argument('<id>', 'from the list', wholeNumber)
    .option(...YES_OPTION)
    .action(async (project: string, id: number, options: YesOption) => {
      await mayAsk(context, options, `takes rule ${id} of ${project} away`);
      const api = await context.api();
      await api.delete(await rulePath(api, project, id));
      context.stderr(`Rule ${id} of ${project} is gone.\n`);
    });
}

async function allRules(api: ApiClient, project: string): Promise<Rule[]> {
  const [repositories, tags] = await Promise.all(
    KINDS.map((kind) => api.get<Rule[]>(rulesPath(project, kind))),
  );
  return [...(repositories ?? []), ...(tags ?? [])];
}

/** Both kinds count with the same numbers, so that the number alone says which rule it is. */
async function rulePath(api: ApiClient, project: string, id: number): Promise<string> {
  const rule = (await allRules(api, project)).find((each) => each.id === id);
  if (rule === undefined) {
    const advice = `See: wharfpass protection list ${project}`;
    throw new CommandError(EXIT.failed, `${project} has no rule ${id}. ${advice}`);
  }
  const kind = rule.tag_name_pattern === undefined ? 'repository' : 'tag';
  return `${rulesPath(project, kind)}/${id}`;
}

function withFields(command: Command): Command {
  const roles = ['developer', 'maintainer', 'owner', 'anyone'];
  return command
    .option('--repository <pattern>', 'repositories, with their whole path; * is anything')
    .option('--tag <pattern>', 'tags; * is anything')
    .addOption(new Option('--push <role>', 'who may push: this role and above').choices(roles))
    .addOption(new Option('--delete <role>', 'who may delete').choices(roles))
    .option(...JSON_OPTION);
}

const level = (role: string | undefined): string | null | undefined =>
  role === 'anyone' ? null : role;

function fields(options: RuleOptions): Record<string, unknown> {
  return given({
    repository_path_pattern: options.repository,
    tag_name_pattern: options.tag,
    minimum_access_level_for_push: level(options.push),
    minimum_access_level_for_delete: level(options.delete),
  });
}
