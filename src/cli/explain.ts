import { Command, InvalidArgumentError } from 'commander';
import type { ApiClient } from './api-client.ts';
import type { Context } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { JSON_OPTION, printJson, type OutputOptions } from './output.ts';
import { table, text, type Column } from './table.ts';
import { given } from './values.ts';

interface Layer {
  readonly layer: string;
  readonly verdict: 'passed' | 'refused' | 'not_concerned';
  readonly sentence: string;
}

interface Action {
  readonly action: string;
  readonly granted: boolean;
  readonly refused_by: string | null;
  readonly remedy: string | null;
  readonly layers: readonly Layer[];
}

interface Answer {
  readonly resources: readonly {
    readonly type: string;
    readonly name: string;
    readonly actions: readonly Action[];
  }[];
}

interface ExplainOptions extends OutputOptions {
  readonly as: string;
  readonly inProject?: string;
  readonly extended?: true;
  readonly scope: readonly string[];
  readonly service?: string;
}

const EXAMPLES = `
Examples:
  wharfpass explain --scope repository:acme/app:pull,push               as the token of WHARFPASS_TOKEN
  wharfpass explain --as jane --scope repository:acme/app:pull
  wharfpass explain --as jane --in-project acme/app --scope repository:acme/lib:pull
  wharfpass explain --as job:acme/app#12 --scope repository:acme/lib:pull
  wharfpass explain --as deploy-token:acme/app#3 --scope repository:acme/app:pull
`;

export function explainCommand(context: Context): Command {
  return new Command('explain')
    .description('why somebody may or may not pull, push or delete, layer by layer')
    .option('--as <who>', 'me, a username, job:<project>#<id> or deploy-token:<path>#<id>', 'me')
    .option('--in-project <full-path>', 'a job that the user would start there')
    .option('--extended', 'with the extended token of the job')
    .requiredOption(
      '--scope <scope>',
      'repository:<name>:<actions>; repeat for more',
      collectScopes,
    )
    .option('--service <name>', 'the registry, where the server knows several')
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(async (options: ExplainOptions) => {
      const answer = await ask(await context.api(), options);
      if (options.json) printJson(context, answer);
      else context.stdout(printed(answer));
    });
}

/** A scope has commas of its own, so each option is one. */
function collectScopes(scope: string, before: readonly string[] = []): string[] {
  if (/^[^:]+:.*:[^:]+$/.test(scope)) return [...before, scope];
  throw new InvalidArgumentError('It must be like repository:acme/app:pull,push.');
}

/** `<path>#<id>`. */
function pathAndId(reference: string): { path: string; id: number } {
  const [, path, id] = /^(.+)#([1-9]\d{0,14})$/.exec(reference) ?? [];
  if (path !== undefined && id !== undefined) return { path, id: Number(id) };
  throw new CommandError(EXIT.usage, `--as ${reference} needs a path and a number: acme/app#12.`);
}

async function ask(api: ApiClient, options: ExplainOptions): Promise<Answer> {
  const { as, inProject, extended, scope, service } = options;
  const post = (who: object | undefined) =>
    api.post<Answer>('/registry_access/explain', given({ scope, service, as: who }));
  const [, kind, reference = ''] = /^(job|deploy-token):(.*)$/.exec(as) ?? [];
  if (kind !== undefined && inProject !== undefined) {
    throw new CommandError(EXIT.usage, '--in-project goes with a user: --as jane.');
  }
  if (kind === 'job') {
    const { path, id } = pathAndId(reference);
    return post({ job: given({ project: path, id, extended }) });
  }
  if (kind === 'deploy-token') {
    const { path, id } = pathAndId(reference);
    return post({ deploy_token: { [await holderOf(api, path)]: path, id } });
  }
  const user = as === 'me' ? undefined : as;
  if (user === undefined && inProject === undefined) return post(undefined);
  return post(given({ user, in_project: inProject }));
}

/** No project has the path of a group; what is neither is asked for as a project. */
async function holderOf(api: ApiClient, path: string): Promise<'project' | 'group'> {
  const groups = await api.list<{ full_path: string }>(
    `/groups?search=${encodeURIComponent(path.slice(path.lastIndexOf('/') + 1))}`,
  );
  const same = groups.some((group) => group.full_path.toLowerCase() === path.toLowerCase());
  return same ? 'group' : 'project';
}

const VERDICTS: Readonly<Record<Layer['verdict'], string>> = {
  passed: 'passed',
  refused: 'REFUSED',
  not_concerned: '-',
};

function printed({ resources }: Answer): string {
  return resources
    .flatMap(({ type, name, actions }) =>
      actions.map((action) => printedAction(`${type}:${name}:${action.action}`, action)),
    )
    .join('\n');
}

/** The first refusal, after which the action is named, has a mark before it. */
function printedAction(scope: string, { granted, refused_by: by, remedy, layers }: Action): string {
  const columns: readonly Column<Layer>[] = [
    ['  layer', ({ layer }) => `${layer === by ? '>' : ' '} ${layer}`],
    ['verdict', ({ verdict }) => VERDICTS[verdict]],
    ['why', ({ sentence }) => sentence],
  ];
  const head = `${text(scope)}  ${granted ? 'granted' : `refused by ${text(by)}`}\n`;
  const foot = remedy === null ? '' : `To change it: ${text(remedy)}\n`;
  return head + table(layers, columns) + foot;
}
