import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { EVENT_TYPES, type AuditEvent } from '../audit/events.ts';
import type { ApiClient } from './api-client.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { idOf, userId } from './look-up.ts';
import { JSON_OPTION, printList, type OutputOptions } from './output.ts';
import { text, type Column } from './table.ts';
import { moment, queryOf, wholeNumber } from './values.ts';

const COLUMNS: readonly Column<AuditEvent>[] = [
  ['time', (event) => event.time],
  ['type', (event) => event.type],
  ['who', ({ author }) => ('name' in author ? author.name : author.kind)],
  ['what', (event) => whatOf(event)],
  ['request', (event) => event.request_id],
];

/** The target of a change; of a decision, what was asked and what came of it. */
function whatOf(event: AuditEvent): string {
  if ('target' in event) {
    const { kind, path, id } = event.target;
    return `${kind} ${path ?? id ?? ''}`.trim();
  }
  const { asked, outcome } = event.details;
  return `${text(asked)} → ${text(outcome)}`;
}

interface AuditOptions extends OutputOptions {
  readonly type?: string;
  readonly author?: string;
  readonly user?: string;
  readonly project?: string;
  readonly job?: number;
  readonly request?: string;
  readonly outcome?: string;
  readonly changed?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly follow?: true;
}

const EXAMPLES = `
Examples:
  wharfpass audit list
  wharfpass audit list --project acme/app --type token.refused --since 2027-01-31
  wharfpass audit list --author jane --json
  wharfpass audit list --changed admin          who was made an administrator, and by whom
  wharfpass audit list --follow                 Ctrl-C ends it
`;

/** Milliseconds between two questions for what is new. */
const POLL = 2_000;

export function auditCommand(context: Context): Command {
  const command = withExamples(
    new Command('audit').description('who asked for what and got it or not, and who changed what'),
    EXAMPLES,
  );
  command
    .command('list')
    .description('list events of the audit stream, newest first')
    .addOption(new Option('--type <type>', 'only of this type').choices([...EVENT_TYPES]))
    .option('--author <name>', 'only what this user, job:<id> or deploy token did')
    .option('--user <username>', 'only what concerns this user')
    .option('--project <full-path>', 'only what concerns this project')
    .option('--job <id>', 'only what concerns this job', wholeNumber)
    .option('--request <id>', 'only what came of this request')
    .addOption(
      new Option('--outcome <outcome>', 'only requests for tokens that ended so').choices([
        'granted',
        'narrowed',
        'empty',
        'refused',
      ]),
    )
    .option('--changed <field>', 'only changes of this field: admin, visibility, access_level, …')
    .option('--since <date>', 'not older', moment)
    .option('--until <date>', 'not newer', moment)
    .option('--limit <count>', 'only so many of them', wholeNumber, 100)
    .option('--follow', 'go on with what happens from now on, oldest first')
    .option(...JSON_OPTION)
    .action(async (options: AuditOptions) => {
      const api = await context.api();
      const query = await eventsQuery(api, options);
      const events = await api.list<AuditEvent>(`/audit_events${query}`, options.limit);
      if (options.follow) return follow(context, api, { query, events, options });
      printList(context, events, COLUMNS, options);
    });
  return command;
}

async function eventsQuery(api: ApiClient, options: AuditOptions): Promise<string> {
  const { project, user } = options;
  return queryOf({
    type: options.type,
    author: options.author,
    user_id: user === undefined ? undefined : await userId(api, user),
    project_id: project === undefined ? undefined : await idOf(api, { project }),
    job_id: options.job,
    request_id: options.request,
    outcome: options.outcome,
    changed: options.changed,
    created_after: options.since,
    created_before: options.until,
  });
}

interface Following {
  readonly query: string;
  readonly events: readonly AuditEvent[];
  readonly options: AuditOptions;
}

/** One line an event: JSON Lines, or words. Never resolves. */
async function follow(context: Context, api: ApiClient, following: Following): Promise<void> {
  const { query, options } = following;
  const parameters = new URLSearchParams(query);
  let [fresh, seen] = [following.events, new Set<string>()];
  for (;;) {
    for (const event of fresh.toReversed()) {
      context.stdout(`${options.json ? JSON.stringify(event) : line(event)}\n`);
    }
    seen = new Set([...seen, ...fresh.map(({ id }) => id)].slice(-1000));
    const newest = fresh[0]?.time;
    // Several events may have the same millisecond, so those of the last one are asked for again.
    if (newest !== undefined) parameters.set('created_after', before(newest));
    await sleep(POLL);
    const found = await api.list<AuditEvent>(`/audit_events?${parameters.toString()}`, 1000);
    fresh = found.filter(({ id }) => !seen.has(id));
  }
}

const before = (time: string): string => new Date(Date.parse(time) - 1).toISOString();

const line = (event: AuditEvent): string => COLUMNS.map(([, cell]) => text(cell(event))).join('  ');
