import { Command } from 'commander';
import { ConfigurationError, printProblem } from '../settings/problem.ts';
import type { Settings } from '../settings/schema.ts';
import { checkApi, checkExposure, checkMetrics } from './check-listeners.ts';
import { checkData, checkDirectoryFile, checkKeys, type Finding } from './checks.ts';
import type { Context } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { checkRedis } from './redis.ts';
import { whoIsServed } from './who-is-served.ts';

const HELP = `
It looks at settings, keys, data folder, store, the servers of Redis and the directory file, prints a line for each, and
says which command mends what is wrong. It changes nothing. The exit code is 1 where anything is wrong.

Examples:
  wharfpass check
  WHARFPASS_CONFIG=/etc/wharfpass/wharfpass.yml wharfpass check
`;

export function checkCommand(context: Context): Command {
  return new Command('check')
    .description('check settings, keys, data and directory file')
    .addHelpText('after', HELP)
    .action(() => check(context));
}

const MARKS = { good: '✓', bad: '✗', note: '!' } as const;

async function check(context: Context): Promise<void> {
  const settings = await settingsOf(context);
  const findings = [
    { state: 'good', text: 'settings' } as const,
    ...(await checkKeys(settings, context.clock)),
    ...(await checkData(settings)),
    ...(await checkRedis(settings, context.clock)),
    ...(await checkDirectoryFile(settings)),
    checkApi(settings),
    checkMetrics(settings),
    ...checkExposure(settings),
  ];
  print(context, findings);
  context.stdout(`\n${whoIsServed(settings)}`);
  const wrong = findings.filter(({ state }) => state === 'bad').length;
  if (wrong > 0) throw failure(wrong);
}

async function settingsOf(context: Context): Promise<Settings> {
  try {
    return await context.loadSettings();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const findings = error.problems.map((problem) => ({
      state: 'bad' as const,
      text: `settings  ${printProblem(problem)}`,
    }));
    print(context, findings);
    throw failure(findings.length);
  }
}

function print(context: Context, findings: readonly Finding[]): void {
  for (const { state, text, mend } of findings) {
    context.stdout(`${MARKS[state]} ${text}\n`);
    for (const [index, way] of ways(mend).entries()) {
      context.stdout(`    ${index === 0 ? 'mend it with:' : '          or:'} ${way}\n`);
    }
  }
}

const ways = (mend: Finding['mend']): readonly string[] =>
  typeof mend === 'string' ? [mend] : (mend ?? []);

function failure(count: number): CommandError {
  const problems = count === 1 ? 'One thing is' : `${count} things are`;
  return new CommandError(EXIT.failed, `${problems} wrong.`);
}
