import { Command, Option } from 'commander';
import { FINISHED_STATUSES } from '../store/records.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { addJobStart, jobsOf, ofProject, type Job, type ProjectOption } from './job-start.ts';
import { segment } from './look-up.ts';
import {
  JSON_OPTION,
  LIMIT_OPTION,
  printList,
  printOne,
  type ListOptions,
  type OutputOptions,
} from './output.ts';
import type { Column } from './table.ts';
import { collect, wholeNumber } from './values.ts';

const COLUMNS: readonly Column<Job>[] = [
  ['id', (job) => job.id],
  ['status', (job) => job.status],
  ['name', (job) => job.name],
  ['ref', (job) => job.ref],
  ['user', (job) => job.user?.username],
  ['deadline', (job) => job.deadline],
];
const EXAMPLES = `
Examples:
  wharfpass job start --project acme/app --user jane
  wharfpass job start --project acme/app --user jane --containers read --timeout 600
  wharfpass job list --project acme/app --status running
  wharfpass job show 12 --project acme/app
  wharfpass job heartbeat 12 --project acme/app
  WHARFPASS_JOB_TOKEN=$CI_JOB_TOKEN wharfpass job self
  wharfpass job finish 12 --project acme/app --status success
`;

export function jobCommand(context: Context): Command {
  const command = withExamples(
    new Command('job').description('CI jobs, as the CI system starts and ends them'),
    EXAMPLES,
  );
  addJobStart(command, context);
  addEnd(command, context);
  addReading(command, context);
  return command;
}

function addEnd(command: Command, context: Context): void {
  ofProject(command.command('finish').description('end a job; its token is dead from then on'))
    .argument('<id>', 'number of the job', wholeNumber)
    .addOption(
      new Option('--status <status>', 'how it ended')
        .choices([...FINISHED_STATUSES])
        .default('success'),
    )
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
    .option(...LIMIT_OPTION)
    .option(...JSON_OPTION)
    .action(async (options: ProjectOption & ListOptions & { status?: readonly string[] }) => {
      const query = (options.status ?? []).map((status) => `scope[]=${segment(status)}`).join('&');
      const path = query === '' ? jobsOf(options) : `${jobsOf(options)}?${query}`;
      const jobs = await (await context.api()).list<Job>(path, options.limit);
      printList(context, jobs, COLUMNS, options);
    });
  command
    .command('self')
    .description('show the job whose token is in WHARFPASS_JOB_TOKEN')
    .option(...JSON_OPTION)
    .action(async (options: OutputOptions) => {
      printOne(context, await (await context.api()).get<Job>('/job'), COLUMNS, options);
    });
  ofProject(command.command('show').description('show one job'))
    .argument('<id>', 'number of the job', wholeNumber)
    .option(...JSON_OPTION)
    .action(async (id: number, options: ProjectOption) => {
      const job = await (await context.api()).get<Job>(`${jobsOf(options)}/${id}`);
      printOne(context, job, COLUMNS, options);
    });
}
