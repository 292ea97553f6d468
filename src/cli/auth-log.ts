import type { Command } from 'commander';
import type { Context } from './context.ts';
import { segment } from './look-up.ts';
import { JSON_OPTION, printList, type OutputOptions } from './output.ts';
import type { Column } from './table.ts';

interface Use {
  readonly source_project_id: number;
  readonly source_project_path: string | null;
  readonly denied: boolean;
  readonly refused_by: string | null;
  readonly count: number;
  readonly last_at: string;
  readonly last_username: string | null;
  readonly last_ip: string | null;
}

const COLUMNS: readonly Column<Use>[] = [
  ['from', (use) => use.source_project_path ?? use.source_project_id],
  ['let in', (use) => !use.denied],
  ['refused by', (use) => use.refused_by],
  ['times', (use) => use.count],
  ['last', (use) => use.last_at],
  ['by', (use) => use.last_username],
  ['ip', (use) => use.last_ip],
];

interface AuthLogOptions extends OutputOptions {
  readonly denied?: true;
  readonly allow?: string;
}

/** `project auth-log`: which other projects' jobs came, and letting one of them in. */
export function addAuthLog(command: Command, context: Context): void {
  command
    .command('auth-log <full-path>')
    .description("list which other projects' jobs came with their token")
    .option('--denied', 'only those that were refused')
    .option('--allow <full-path>', 'put this project on the allowlist instead')
    .option(...JSON_OPTION)
    .action(async (fullPath: string, { denied, allow, ...options }: AuthLogOptions) => {
      const api = await context.api();
      const log = `/projects/${segment(fullPath)}/job_token_scope/auth_log`;
      if (allow !== undefined) {
        const { id } = await api.get<{ readonly id: number }>(`/projects/${segment(allow)}`);
        await api.post(`${log}/allow`, { source_project_id: id });
        context.stderr(`Jobs of ${allow} may come to ${fullPath}, as far as their user may.\n`);
        return;
      }
      const uses = await api.list<Use>(`${log}${denied === true ? '?denied=true' : ''}`);
      printList(context, uses, COLUMNS, options);
    });
}
