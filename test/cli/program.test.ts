import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { COMMANDS } from '../../src/cli/commands.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { createProgram } from '../../src/cli/program.ts';
import { Secret } from '../../src/credential/secret.ts';
import { wharfpass } from './harness.ts';

const NAMES = COMMANDS.map(({ name }) => name);
const io = {
  env: {},
  cwd: '/nowhere',
  stdout: () => undefined,
  stderr: () => undefined,
  readSecret: () => Promise.resolve(new Secret('')),
  clock: { now: () => 0 },
};

const load = async (name: string): Promise<Command> => {
  const program = await createProgram([name], io);
  const command = program.commands.find((each) => each.name() === name);
  if (command === undefined) throw new Error(`there is no ${name}`);
  return command;
};

const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);

test('the help of the whole names every command', async () => {
  const { stdout, exitCode } = await wharfpass(['--help']);
  expect(exitCode).toBe(EXIT.ok);
  for (const name of NAMES) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
});

describe.each(NAMES)('%s', (name) => {
  test('has a help with examples, and words for each of its commands', async () => {
    for (const words of [
      [name, '--help'],
      ['help', name],
    ]) {
      const { stdout, exitCode } = await wharfpass(words);
      expect(exitCode).toBe(EXIT.ok);
      expect(stdout).toContain('Examples:');
      expect(stdout).toContain(`wharfpass ${name}`);
    }
    for (const leaf of leaves(await load(name))) {
      expect([leaf.name(), leaf.description()]).not.toContain('');
      for (const { flags, description } of leaf.options) {
        expect([leaf.name(), flags, description]).not.toContain('');
      }
      const words = fullName(leaf, name);
      const { stdout } = await wharfpass([...words.split(' '), '--help']);
      const [, examples = ''] = stdout.split(/^Examples?:$/m);
      expect(` ${examples.replaceAll('\n', ' ')} `).toContain(` wharfpass ${words} `);
    }
  });

  test('docs/cli.md shows each of its commands', async () => {
    const page = readFileSync('docs/cli.md', 'utf8');
    const names = leaves(await load(name)).map((leaf) => `\`wharfpass ${fullName(leaf, name)}\``);
    expect(names.filter((each) => !page.includes(each))).toEqual([]);
  });

  test('an option that it does not know is a usage error', async () => {
    const [leaf] = leaves(await load(name));
    const words = leaf === undefined || leaf.name() === name ? [name] : [name, leaf.name()];
    const { exitCode, stderr } = await wharfpass([...words, '--frobnicate']);
    expect(exitCode).toBe(EXIT.usage);
    expect(stderr).toMatch(/unknown option '--frobnicate'|required option/);
  });
});

/** What these print is no object of the server's. */
const NO_JSON =
  /^(api|pull-secret|completion|export|.* (delete|remove|revoke|end-secret|block|unblock|archive|unarchive|on|off))$/;

test('whatever prints objects of the server prints them as JSON, too', async () => {
  const asking = COMMANDS.filter(({ heading }) => heading.startsWith('What it knows'));
  const missing: string[] = [];
  for (const { name } of asking) {
    for (const leaf of leaves(await load(name))) {
      const words = fullName(leaf, name);
      const json = leaf.options.some(({ long }) => long === '--json');
      if (json === NO_JSON.test(words)) missing.push(words);
    }
  }
  expect(missing).toEqual([]);
});

test.each([
  [[], EXIT.usage],
  [['usr'], EXIT.usage],
  [['user'], EXIT.usage],
  [['user', 'create'], EXIT.usage],
  [['user', 'delete', 'jane'], EXIT.usage],
  [['group', 'delete', 'acme'], EXIT.usage],
  [['project', 'create', 'app'], EXIT.usage],
  [['project', 'delete', 'acme/app'], EXIT.usage],
  [['member', 'add', 'jane', '--access', 'guest'], EXIT.usage],
  [['member', 'add', 'jane', '--access', 'boss', '--group', 'a'], EXIT.usage],
  [['member', 'list', '--project', 'a/b', '--group', 'a'], EXIT.usage],
  [['deploy-token', 'create', '--project', 'a/b', '--name', 'x'], EXIT.usage],
  [['deploy-token', 'revoke', 'x', '--project', 'a/b'], EXIT.usage],
  [
    ['token', 'create', '--user', 'a', '--name', 'b', '--scope', 'api', '--expires-at', 'soon'],
    EXIT.usage,
  ],
  [['job', 'start', '--project', 'a/b'], EXIT.usage],
  [['job', 'finish', '1', '--project', 'a/b', '--status', 'done'], EXIT.usage],
  [['directory', 'check'], EXIT.usage],
  [['completion'], EXIT.usage],
  [['api', 'GET'], EXIT.usage],
  [['protection', 'create', 'a/b', '--push', 'owner'], EXIT.usage],
  [['allowlist', 'add', 'a/b'], EXIT.usage],
  [['--version'], EXIT.ok],
])('%j ends with %i', async (args, exitCode) => {
  const outcome = await wharfpass(args);
  expect(outcome.exitCode).toBe(exitCode);
  if (exitCode !== EXIT.ok) expect(outcome.stderr).not.toBe('');
});

test('a mistyped command is answered with the one that was meant', async () => {
  expect((await wharfpass(['deploy-tokn'])).stderr).toContain('Did you mean deploy-token?');
});

test('docs/cli.md has exactly the exit codes that there are', () => {
  const page = readFileSync('docs/cli.md', 'utf8');
  const table = [...page.matchAll(/^\| +(\d+) +\|/gm)].map((match) => Number(match[1]));
  expect(table).toEqual(Object.values(EXIT));
});

/** The words that lead to a command, from the name of the first on. */
function fullName(command: Command, first: string): string {
  const { parent } = command;
  const words = parent === null || command.name() === first ? [] : [fullName(parent, first)];
  return [...words, command.name()].join(' ');
}
