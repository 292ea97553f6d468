/** The scripts that `wharfpass completion` prints, run by the shells they are for. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMANDS } from '../../src/cli/commands.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { describeWith } from '../support/programs.ts';
import { plainEnvironment, runProgram } from '../support/run-program.ts';
import { wharfpass } from './harness.ts';

const scripts: Record<string, string> = {};

beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    scripts[shell] = (await wharfpass(['completion', shell])).stdout;
  }
});

/** What is typed → words that are offered, and words that are not. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['wharfpass dep', ['deploy-token'], ['user']],
  ['wharfpass ', COMMANDS.map(({ name }) => name), ['create']],
  ['wharfpass project cr', ['create'], ['user']],
  ['wharfpass keys ca ', ['renew', 'switch', 'retire', 'status'], ['rotate']],
  ['wharfpass project create acme/app --vis', ['--visibility'], ['--json']],
  ['wharfpass project create --visibility ', ['private', 'internal', 'public'], ['--json']],
  ['wharfpass pull-secret --format k', ['kubernetes'], ['docker']],
  ['wharfpass --config user group sh', ['show'], ['block']],
];

/** One shell for all cases: it says `%%` behind the words of each. */
async function run(shell: string, args: readonly string[], cwd = '/'): Promise<string[][]> {
  const { code, stdout, stderr } = await runProgram(shell, args, { env: plainEnvironment(), cwd });
  expect([stderr, code]).toEqual(['', 0]);
  const parts = stdout.split('%%\n').slice(0, -1);
  return parts.map((part) => part.split('\n').map((line) => line.split('\t')[0] ?? ''));
}

type Case = (typeof CASES)[number];

function hold(cases: readonly Case[], offers: readonly string[][]): void {
  expect(offers).toHaveLength(cases.length);
  for (const [i, [line, wanted, others]] of cases.entries()) {
    const last = line.split(' ').at(-1) ?? '';
    const offered = offers[i]?.filter((word) => word.startsWith(last));
    expect([line, offered]).toEqual([line, expect.arrayContaining([...wanted])]);
    for (const other of others)
      expect([line, offered]).not.toEqual([line, expect.arrayContaining([other])]);
  }
}

const quoted = (line: string): string =>
  line
    .split(' ')
    .map((word) => `'${word}'`)
    .join(' ');

describeWith(['bash'], 'completion in bash', () => {
  const complete = (cases: readonly Case[], cwd?: string): Promise<string[][]> => {
    const each = cases.map(
      ([line]) => `COMP_WORDS=(${quoted(line)}); COMP_CWORD=${line.split(' ').length - 1}
_wharfpass; printf '%s\\n' "\${COMPREPLY[@]}"; echo %%`,
    );
    return run('bash', ['-c', `${scripts['bash']}\n${each.join('\n')}`], cwd);
  };

  test('commands, options and values', async () => {
    hold(CASES, await complete(CASES));
  });

  test('an option with = in it, as bash takes it apart; files where a file is wanted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wharfpass-complete-'));
    writeFileSync(join(folder, 'settings.yml'), '');
    const [whole] = await complete([['wharfpass pull-secret --format =', [], []]]);
    expect(whole).toEqual(['kubernetes', 'docker', '']);
    const cases: readonly Case[] = [
      ['wharfpass pull-secret --format = d', ['docker'], ['kubernetes']],
      ['wharfpass --config set', ['settings.yml'], []],
      ['wharfpass directory check ', ['settings.yml'], []],
      ['wharfpass project show ', ['--json'], ['settings.yml']],
    ];
    hold(cases, await complete(cases, folder));
    rmSync(folder, { recursive: true });
  });
});

describeWith(['zsh'], 'completion in zsh', () => {
  /** In place of zsh's own functions, which offer what they are given where it begins as the last word does. */
  const SHOWN = `
compdef() { : }
compadd() { shift; print -l -- $@ }
_files() { : }
_describe() { local name=\${@[-1]}; print -l -- \${\${(P)name}%%:*} }`;

  test('commands, options and values', async () => {
    const each = CASES.map(([line]) => {
      const count = line.split(' ').length;
      return `words=(${quoted(line)}); CURRENT=${count}; _wharfpass; echo %%`;
    });
    const script = `${SHOWN}\n${scripts['zsh']}\n${each.join('\n')}`;
    hold(CASES, await run('zsh', ['-fc', script]));
  });
});

describeWith(['fish'], 'completion in fish', () => {
  test('commands, options and values', async () => {
    const each = CASES.map(([line]) => `complete -C '${line}'; echo %%`);
    hold(CASES, await run('fish', ['--no-config', '-c', `${scripts['fish']}\n${each.join('\n')}`]));
  });
});

describe('what it is asked for', () => {
  test('an unknown shell is refused, with those that there are', async () => {
    const { exitCode, stderr } = await wharfpass(['completion', 'tcsh']);
    expect(exitCode).toBe(EXIT.usage);
    expect(stderr).toContain('bash, zsh, fish');
  });
});
