/**
 * What was acknowledged survives `kill -9`, and nothing is ever half there. Two processes write to one store at once
 * and are killed at random moments, again and again; after each kill a fresh process reads what is left.
 */
import { afterAll, expect, test } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { distDir } from '../support/built.ts';

const KILLS = 24;
/** Starts, finishes and revocations, each. */
const VERBS = 700;
/** Live refresh tokens of one service. */
const LOGINS = 3;
const CHILD = join(import.meta.dirname, 'crash-child.mjs');
const dataDir = mkdtempSync(join(tmpdir(), 'wharfpass-crash-'));

afterAll(() => rmSync(dataDir, { recursive: true }));

interface Report {
  readonly jobs: readonly { id: number; status: string; gen: number; finishedAt: number | null }[];
  readonly tokens: readonly {
    id: number;
    revokedAt: number | null;
    origin: string;
    /** Whether each secret has an end, oldest first. */
    ends: readonly boolean[];
  }[];
  readonly converted: readonly { id: number; revokedAt: number | null }[];
  readonly refresh: readonly { id: number; service: string; revokedAt: number | null }[];
  readonly users: readonly string[];
  readonly groups: number;
  readonly projects: number;
  readonly damage: readonly string[];
}

/** Works until it is killed at a random moment after its first acknowledgement. Resolves to its whole lines. */
async function workAndDie(name: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, [CHILD, 'write', distDir(), dataDir, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8');
  const ended = new Promise((resolve) => child.on('close', (_code, signal) => resolve(signal)));
  const first = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: string) => {
      text += chunk;
      resolve();
    });
  });
  await Promise.race([first, ended]);
  await sleep(Math.random() * 250);
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  return text.split('\n').slice(0, -1);
}

function readReport(): Report {
  const args = [CHILD, 'report', distDir(), dataDir];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 20_000,
  });
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Report;
}

function expectAcknowledged(said: readonly string[], report: Report): void {
  const of = (verb: string) =>
    said.filter((line) => line.startsWith(`${verb} `)).map((line) => line.split(' ')[1]);
  const ids = (list: readonly { id: number }[]) => new Set(list.map(({ id }) => String(id)));
  const ended = ids(report.jobs.filter((job) => job.status === 'success'));
  const revoked = ids(report.tokens.filter((token) => token.revokedAt !== null));
  const rotated = ids(report.tokens.filter(({ ends }) => ends.length === 2));
  const killed = ids(report.converted.filter((token) => token.revokedAt !== null));
  const converted = ids(report.converted);
  const started = ids(report.jobs);
  const created = ids(report.tokens);
  const loggedIn = ids(report.refresh);
  const loggedOut = ids(report.refresh.filter(({ revokedAt }) => revokedAt !== null));
  const users = new Set(report.users);
  const lost = [
    ...of('start').filter((id) => !started.has(id ?? '')),
    ...of('finish').filter((id) => !ended.has(id ?? '')),
    ...of('create').filter((id) => !created.has(id ?? '')),
    ...of('revoke').filter((id) => !revoked.has(id ?? '')),
    ...of('rotate').filter((id) => !rotated.has(id ?? '')),
    ...of('convert').filter((id) => !converted.has(id ?? '')),
    ...of('kill').filter((id) => !killed.has(id ?? '')),
    ...of('login').filter((id) => !loggedIn.has(id ?? '')),
    ...of('logout').filter((id) => !loggedOut.has(id ?? '')),
    ...of('pair').filter((pair) => !users.has(`${pair}a`)),
  ];
  expect(lost).toEqual([]);
}

function expectWhole(report: Report): void {
  expect(report.damage).toEqual([]);
  expect(report.projects).toBe(report.groups);
  for (const { status, gen, finishedAt } of report.jobs) {
    const state = `${status} ${gen} ${finishedAt !== null}`;
    expect(['running 1 false', 'success 2 true']).toContain(state);
  }
  const states = new Set(report.tokens.map(({ origin, ends }) => `${origin} ${ends.join(' ')}`));
  for (const state of states)
    expect(['auto false', 'manual false', 'manual true false']).toContain(state);
  expect(report.tokens.filter(({ origin }) => origin === 'auto').length).toBeLessThanOrEqual(
    report.projects,
  );
  const live = new Map<string, number>();
  for (const { service, revokedAt } of report.refresh)
    if (revokedAt === null) live.set(service, (live.get(service) ?? 0) + 1);
  expect(Math.max(0, ...live.values())).toBeLessThanOrEqual(LOGINS);
  const halves = new Map<string, number>();
  for (const name of report.users)
    halves.set(name.slice(0, -1), (halves.get(name.slice(0, -1)) ?? 0) + 1);
  expect([...halves.values()].filter((count) => count !== 2)).toEqual([]);
}

test('kill -9 of two writers, again and again: every acknowledged verb is there, none is there by half', async () => {
  const said: string[] = [];
  const count = (verb: string) => said.filter((line) => line.startsWith(`${verb} `)).length;
  const least = () => Math.min(...['start', 'finish', 'revoke'].map(count));
  for (let kills = 0; kills < KILLS || least() < VERBS; kills += 2) {
    const name = `round${kills}`;
    const lines = await Promise.all([workAndDie(`${name}a`), workAndDie(`${name}b`)]);
    said.push(...lines.flat());
    const report = readReport();
    expectWhole(report);
    expectAcknowledged(said, report);
  }
  expect(said.filter((line) => line.startsWith('error'))).toEqual([]);
}, 120_000);
