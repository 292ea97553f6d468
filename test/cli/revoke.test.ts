/** `wharfpass revoke` against a server that only answers as it is told to. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { inFull, momentAgo } from '../../src/cli/revoke-moment.ts';
import { wharfpass, type HarnessOptions } from './harness.ts';

const credential = (id: number) => ({
  kind: 'jobs',
  id,
  name: 'build',
  project_id: 1,
  group_id: null,
  user_id: 2,
  created_at: '2027-01-31T12:00:00.000Z',
});
const part = (ids: number[], more: object = {}) => ({
  run: 'r',
  dry_run: false,
  revoked: { jobs: ids.length, deploy_tokens: 0 },
  credentials: ids.map(credential),
  untouched: [],
  deploy_tokens_shown: { action: 'report', tokens: [] },
  self_left_out: false,
  notes: [],
  registry_tokens_expire_at: null,
  cursor: null,
  ...more,
});

let server: Server;
let folder: string;
let url: string;
let answers: [status: number, body: object][];
let asked: Record<string, unknown>[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wharfpass-revoke-'));
  server = createServer((req, res) => {
    let text = '';
    req.on('data', (chunk) => (text += String(chunk)));
    req.on('end', () => {
      asked.push(JSON.parse(text) as Record<string, unknown>);
      const [status, body] = answers.shift() ?? [500, {}];
      res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  answers = [];
  asked = [];
});

const revoke = (args: string, more: HarnessOptions = {}) =>
  wharfpass(['revoke', ...args.split(' ')], {
    env: { WHARFPASS_URL: url, WHARFPASS_TOKEN: 'glpat-x' },
    cwd: folder,
    ...more,
  });

test('goes on with the cursor until nothing remains, and adds up', async () => {
  answers = [
    [200, part([1, 2], { cursor: 'c' })],
    [200, part([3], { registry_tokens_expire_at: '2027-01-31T13:00:00.000Z' })],
  ];
  const { exitCode, stdout, stderr } = await revoke('--runner 17 --kind jobs,deploy-tokens --yes');
  expect([exitCode, stdout]).toEqual([EXIT.ok, 'KIND  COUNT\njobs  3\n']);
  expect(stderr).toContain('(13:00:00 UTC) at the latest');
  const body = { runner_id: 17, kinds: ['jobs', 'deploy_tokens'] };
  expect(asked).toEqual([body, { ...body, cursor: 'c' }]);
});

test('asks again where the server could not confirm, with the same cursor', async () => {
  answers = [
    [200, part([1], { cursor: 'c' })],
    [503, { message: 'noted' }],
    [200, part([2])],
  ];
  const { exitCode, stdout, stderr } = await revoke('--user jane --yes --json');
  expect([exitCode, stderr]).toEqual([EXIT.ok, expect.stringContaining('asking again')]);
  expect(JSON.parse(stdout)).toMatchObject({
    revoked: { jobs: 2 },
    credentials: [{ id: 1 }, { id: 2 }],
  });
  expect(asked.slice(1)).toEqual([
    { user: 'jane', cursor: 'c' },
    { user: 'jane', cursor: 'c' },
  ]);
});

describe('before it ends anything', () => {
  test('a script must say --yes, and is told how to look first', async () => {
    const { exitCode, stderr } = await revoke('--runner 17');
    expect([exitCode, stderr]).toEqual([EXIT.usage, expect.stringMatching(/--yes.*--dry-run/)]);
    expect(asked).toEqual([]);
  });

  test('a person is shown what would go, and asked', async () => {
    const dry = part([7], { dry_run: true, self_left_out: true });
    answers = [
      [200, dry],
      [200, dry],
      [200, part([7])],
    ];
    const questions: string[] = [];
    const answer = (reply: string) => (question: string) => {
      questions.push(question);
      return Promise.resolve(reply);
    };
    const no = await revoke('--runner 17', { answer: answer('n') });
    expect(no).toMatchObject({ exitCode: EXIT.failed });
    expect(no.stdout).toMatch(/KIND +ID +NAME[^]*job +7 +build[^]*jobs +1/);
    expect(no.stderr).toContain('Left out: the token that asks.');
    const yes = await revoke('--runner 17', { answer: answer('y') });
    expect(yes.exitCode).toBe(EXIT.ok);
    expect(questions).toEqual(Array(2).fill(expect.stringMatching(/^This ends 1 job\. Go on\?/)));
    expect(asked.map((body) => body['dry_run'] ?? false)).toEqual([true, true, false]);
  });

  test('nothing is asked where nothing would go', async () => {
    answers = [[200, part([], { dry_run: true })]];
    const answer = () => Promise.reject(new Error('asked'));
    const { exitCode, stderr } = await revoke('--runner 17', { answer });
    expect([exitCode, stderr]).toEqual([EXIT.ok, 'Nothing meets these criteria.\n']);
  });
});

test('what is not touched, left out or shown is said', async () => {
  const tokens = [{ id: 4, project_id: 1, username: 'gitlab+deploy-token-4' }];
  const more = {
    untouched: [{ kind: 'deploy_tokens', criteria: ['runner_id'] }],
    notes: ['A note.'],
    deploy_tokens_shown: { action: 'report', tokens },
  };
  answers = [
    [200, part([1], { ...more, cursor: 'c' })],
    [200, part([2], more)],
  ];
  const { stderr } = await revoke('--runner 17 --yes');
  expect(stderr.split('\n')).toEqual([
    'A note.',
    'Not touched: deploy tokens, which cannot be told by runner_id.',
    'Automatic deploy tokens that its jobs were shown (may have been shown): gitlab+deploy-token-4 of project 1. They still work: --deploy-tokens-shown rotate gives them new secrets.',
    '',
  ]);
});

describe('one secret', () => {
  const found = {
    found: true,
    was_live: true,
    credential: credential(3),
    registry_tokens_expire_at: null,
  };

  test('from a file or from standard input, never an argument', async () => {
    writeFileSync(join(folder, 'leaked'), ' gldt-secret \nrest\n');
    answers = [
      [200, found],
      [200, { ...found, was_live: false }],
    ];
    expect((await revoke('--secret-file leaked')).stderr).toBe('Ended: job 3 (build).\n');
    const again = await revoke('--secret-file -', { secret: 'glpat-other' });
    expect(again.stderr).toBe('The secret is of job 3 (build), which had ended before.\n');
    expect(asked).toEqual([{ secret: 'gldt-secret' }, { secret: 'glpat-other' }]);
  });

  test('of nobody is an error', async () => {
    answers = [[200, { ...found, credential: null }]];
    const { exitCode, stderr } = await revoke('--secret-file -', { secret: 'x' });
    expect([exitCode, stderr]).toEqual([EXIT.failed, expect.stringContaining('No credential')]);
  });

  test.each([
    ['a secret in place of a file', '--secret-file gldt-secret', /never the secret itself/],
    ['an empty file', '--secret-file empty', /first line/],
    ['with criteria beside it', '--secret-file empty --runner 17', /one credential/],
  ])('%s', async (_what, args, message) => {
    writeFileSync(join(folder, 'empty'), '\n');
    const { exitCode, stderr } = await revoke(args);
    expect([exitCode, stderr]).toEqual([EXIT.usage, expect.stringMatching(message)]);
    expect(stderr).not.toContain('gldt-');
    expect(asked).toEqual([]);
  });
});

describe('moments', () => {
  const now = new Date(2027, 0, 31, 15, 30).getTime();
  test.each([
    ['14:00', new Date(2027, 0, 31, 14, 0)],
    ['9:05:30', new Date(2027, 0, 31, 9, 5, 30)],
    ['2h', new Date(2027, 0, 31, 13, 30)],
    ['45m', new Date(2027, 0, 31, 14, 45)],
    ['1d', new Date(2027, 0, 30, 15, 30)],
    ['2027-01-30', new Date(2027, 0, 30)],
    ['2027-01-30T14:00', new Date(2027, 0, 30, 14, 0)],
    ['2027-01-30T14:00:00Z', new Date(Date.UTC(2027, 0, 30, 14))],
    ['2027-01-30T14:00:00+02:00', new Date(Date.UTC(2027, 0, 30, 12))],
  ])('%s', (text, wanted) => {
    expect(momentAgo('--after', text, now)).toBe(wanted.getTime());
  });

  test.each(['16:00', '2027-02-01', 'yesterday', '25:00', '14', '2027-13-01', ''])(
    'not %j',
    (text) => {
      expect(() => momentAgo('--after', text, now)).toThrow(/--after/);
    },
  );

  test('is said in full, with day and zone', () => {
    const said = inFull(Date.UTC(2027, 0, 31, 14));
    expect(said).toMatch(/^\w{3} 2027-01-31|2027-02-01/);
    expect(said).toMatch(/ [+-]\d{4} \(14:00:00 UTC\)$/);
  });

  test('of the command line go out in UTC, and are said back', async () => {
    answers = [[200, part([])]];
    const { stderr } = await revoke('--runner 1 --after 2026-01-31T14:00:00+02:00 --yes');
    expect(asked).toEqual([{ runner_id: 1, after: '2026-01-31T12:00:00.000Z' }]);
    expect(stderr).toMatch(/^After: .*\(12:00:00 UTC\)\n/);
  });
});
