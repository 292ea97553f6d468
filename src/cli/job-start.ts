import { Option, type Command } from 'commander';
import type { Context } from './context.ts';
import { segment } from './look-up.ts';
import {
  JSON_OPTION,
  printSecret,
  SECRET_ONLY_OPTION,
  type OutputOptions,
  type SecretOptions,
} from './output.ts';
import type { Column } from './table.ts';
import { given, wholeNumber } from './values.ts';

export interface Job {
  readonly id: number;
  readonly status: string;
  readonly name?: string;
  readonly ref?: string | null;
  readonly deadline: string;
  readonly user: { readonly username: string } | null;
}

export interface ProjectOption extends OutputOptions {
  readonly project: string;
}

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

export const ofProject = (command: Command): Command =>
  command.requiredOption('--project <full-path>', 'whose job it is');
export const jobsOf = ({ project }: ProjectOption): string => `/projects/${segment(project)}/jobs`;

/** `job start`. */
export function addJobStart(command: Command, context: Context): void {
  ofProject(command.command('start').description('start a job; prints its token'))
    .requiredOption('--user <username>', 'who triggered it: the job acts as this user')
    .option('--name <name>', 'of the job; default job')
    .option('--stage <stage>', 'of the pipeline')
    .option('--ref <ref>', 'branch or tag')
    .option('--ref-protected', 'the ref is a protected one')
    .option('--environment <name>', 'that the job deploys to')
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
    .addOption(
      new Option('--token-format <format>', 'default as the server is set').choices([
        'jwt',
        'opaque',
      ]),
    )
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
