import { Command, Option } from 'commander';
import { FINISHED_STATUSES } from '../store/records.ts';
import type { Context } from './context.ts';
import { segment } from './look-up.ts';
import {
  JSON_OPTION,
  printList,
  printOne,
  printSecret,
  SECRET_ONLY_OPTION,
  type OutputOptions,
  type SecretOptions,
} from './output.ts';
import type { Column } from './table.ts';
import { collect, given, wholeNumber } from './values.ts';

interface Job {
  readonly id: number;
  readonly status: string;
  readonly name?: string;
  readonly ref?: string | null;
  readonly deadline: string;
  readonly user: { readonly username: string } | null;
}

interface ProjectOption extends OutputOptions {
  readonly project: string;
}

const COLUMNS: readonly Column<Job>[] = [
  ['id', (job) => job.id],
  ['status', (job) => job.status],
  ['name', (job) => job.name],
  ['ref', (job) => job.ref],
  ['user', (job) => job.user?.username],
  ['deadline', (job) => job.deadline],
];
const STARTED: readonly Column<Job>[] = [
  ['id', (job) => job.id],
  ['status', (job) => job.status],
  ['acts as', (job) => job.user?.username],
  ['deadline', (job) => job.deadline],
  ['log in as', () => 'gitlab-ci-token'],
];

interface StartOptions extends SecretOptions, ProjectOption {
  readonly user: string;
  readonly name?: string;
  readonly stage?: string;
  readonly ref?: string;
  readonly refProtected?: true;
  readonly environment?: string;
  readonly pipelineId?: number;
  readonly timeout?: number;
  readonly lease?: number;
  readonly containers?: string;
  readonly tokenFormat?: string;
}

const EXAMPLES = `
Examples:
  wharfpass job start --project acme/app --user jane
  wharfpass job start --project acme/app --user jane --containers read --timeout 600
  wharfpass job list --project acme/app --status running
  wharfpass job finish 12 --project acme/app --status success
`;

export function jobCommand(context: Context): Command {
  const command = new Command('job')
    .description('CI jobs, as the CI system starts and ends them')
    .addHelpText('after', EXAMPLES);
  addStart(command, context);
  addEnd(command, context);
  addReading(command, context);
  return command;
}

const ofProject = (command: Command): Command =>
  command.requiredOption('--project <full-path>', 'whose job it is');
const jobsOf = ({ project }: ProjectOption): string => `/projects/${segment(project)}/jobs`;

function addStart(command: Command, context: Context): void {
  ofProject(command.command('start').description('start a job; prints its token'))
    .requiredOption('--user <username>', 'who triggered it: the job acts as this user')
    .option('--name <name>')
    .option('--stage <stage>')
    .option('--ref <ref>', 'branch or tag')
    .option('--ref-protected', 'the ref is a protected one')
    .option('--environment <name>')
    .option('--pipeline-id <id>', 'number of the pipeline', wholeNumber)
    .option('--timeout <seconds>', 'until the deadline; default jobs.default_timeout', wholeNumber)
    .option('--lease <seconds>', 'the job dies unless `heartbeat` comes this often', wholeNumber)
    .addOption(
      new Option('--containers <permission>', 'the most that the job may do').choices([
        'none',
        'read',
        'write',
        'delete',
      ]),
    )
    .addOption(new Option('--token-format <format>').choices(['jwt', 'opaque']))
    .option(...SECRET_ONLY_OPTION)
    .option(...JSON_OPTION)
    .action(async (options: StartOptions) => {
      const job = await (
        await context.api()
      ).post<Job & { token: string }>(jobsOf(options), startFields(options));
      printSecret(context, job, STARTED, options);
    });
}

function startFields(options: StartOptions): Record<string, unknown> {
  return given({
    username: options.user,
    name: options.name,
    stage: options.stage,
    ref: options.ref,
    ref_protected: options.refProtected,
    environment: options.environment,
    pipeline_id: options.pipelineId,
    timeout: options.timeout,
    lease: options.lease,
    permissions: options.containers === undefined ? undefined : { containers: options.containers },
    token_format: options.tokenFormat,
  });
}

function addEnd(command: Command, context: Context): void {
  ofProject(command.command('finish').description('end a job; its token is dead from then on'))
    .argument('<id>', 'number of the job', wholeNumber)
    .addOption(new Option('--status <status>').choices([...FINISHED_STATUSES]).default('success'))
    .option(...JSON_OPTION)
    .action(async (id: number, options: ProjectOption & { status: string }) => {
      const { status } = options;
      const job = await (await context.api()).put<Job>(`${jobsOf(options)}/${id}`, { status });
      printOne(context, job, COLUMNS, options);
    });
  ofProject(command.command('heartbeat').description('say that a job with a lease still runs'))
    .argument('<id>', 'number of the job', wholeNumber)
    .option(...JSON_OPTION)
    .action(async (id: number, options: ProjectOption) => {
      const path = `${jobsOf(options)}/${id}/heartbeat`;
      const answer = await (await context.api()).post<{ lease_expires_at: string }>(path);
      printOne(context, answer, [['lease ends', (lease) => lease.lease_expires_at]], options);
    });
}

function addReading(command: Command, context: Context): void {
  ofProject(command.command('list').description('list jobs'))
    .option('--status <status>', 'only jobs in this status; repeat for more', collect)
    .option(...JSON_OPTION)
    .action(async (options: ProjectOption & { status?: readonly string[] }) => {
      const query = (options.status ?? []).map((status) => `scope[]=${segment(status)}`).join('&');
      const path = query === '' ? jobsOf(options) : `${jobsOf(options)}?${query}`;
      printList(context, await (await context.api()).list<Job>(path), COLUMNS, options);
    });
  ofProject(command.command('show').description('show one job'))
    .argument('<id>', 'number of the job', wholeNumber)
    .option(...JSON_OPTION)
    .action(async (id: number, options: ProjectOption) => {
      const job = await (await context.api()).get<Job>(`${jobsOf(options)}/${id}`);
      printOne(context, job, COLUMNS, options);
    });
}
