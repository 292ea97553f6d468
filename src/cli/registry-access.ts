import { Option, type Command } from 'commander';
import type { Context } from './context.ts';
import { segment } from './look-up.ts';
import { JSON_OPTION, printOne, type OutputOptions } from './output.ts';
import type { Column } from './table.ts';
import { given } from './values.ts';

interface RegistryAccess {
  readonly auto_deploy_token: boolean | null;
  readonly auto_devops: boolean;
  readonly job_token_after_job: string;
  readonly effective: {
    readonly auto_deploy_token: boolean;
    readonly job_token_after_job: string;
  };
  readonly auto_deploy_token_revoked: boolean;
}

const COLUMNS: readonly Column<RegistryAccess>[] = [
  ['automatic deploy token', ({ auto_deploy_token: on }) => on ?? 'as the server is set'],
  ['Auto DevOps', (access) => access.auto_devops],
  ['after the job', (access) => access.job_token_after_job],
  ['so it has the token', ({ effective }) => effective.auto_deploy_token],
  ['and after the job', ({ effective }) => effective.job_token_after_job],
  ['token was revoked', (access) => access.auto_deploy_token_revoked],
];

interface AccessOptions extends OutputOptions {
  readonly autoDeployToken?: 'on' | 'off' | 'default';
  readonly autoDevops?: 'on' | 'off';
  readonly afterJob?: string;
}

const SWITCH = { on: true, off: false, default: null } as const;

/** Shows, or with an option changes, what lasting access to its images a project gives out by itself. */
export function addRegistryAccess(command: Command, context: Context): void {
  command
    .command('registry-access <full-path>')
    .description('lasting access to its images: show it, or change what is named')
    .addOption(
      new Option('--auto-deploy-token <state>', 'default: as the server is set').choices([
        'on',
        'off',
        'default',
      ]),
    )
    .addOption(
      new Option('--auto-devops <state>', 'counts where the server makes tokens for those').choices(
        ['on', 'off'],
      ),
    )
    .addOption(
      new Option('--after-job <right>', 'what a job’s password may do after it').choices([
        'none',
        'read',
      ]),
    )
    .option(...JSON_OPTION)
    .action(async (fullPath: string, options: AccessOptions) => {
      const { autoDeployToken: token, autoDevops: devops } = options;
      const body = given({
        auto_deploy_token: token && SWITCH[token],
        auto_devops: devops && SWITCH[devops],
        job_token_after_job: options.afterJob,
      });
      const api = await context.api();
      const path = `/projects/${segment(fullPath)}/registry_access`;
      const changes = Object.keys(body).length > 0;
      const access = await (changes
        ? api.patch<RegistryAccess>(path, body)
        : api.get<RegistryAccess>(path));
      printOne(context, access, COLUMNS, options);
    });
}
