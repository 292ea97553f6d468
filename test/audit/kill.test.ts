/** A line is complete or absent, also after `kill -9`: processes are killed in the middle of writing, again and again. */
import { afterAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSearch } from '../../src/audit/search.ts';
import { distDir } from '../support/built.ts';
import { eventsOf, filesOf, temporaryFolder, type WrittenEvent } from './folder.ts';

const KILLS = 12;
const CHILD = join(import.meta.dirname, 'kill-child.mjs');
const dataDir = temporaryFolder();
const folder = join(dataDir, 'audit');
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** Resolves to how many events were surely written when it died. */
async function writeAndDie(name: string): Promise<number> {
  const child = spawn(process.execPath, [CHILD, distDir(), dataDir, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  const ended = new Promise((resolve) => child.on('close', (_code, signal) => resolve(signal)));
  const first = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      resolve();
    });
  });
  await Promise.race([first, ended]);
  await sleep(Math.random() * 60);
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  return Number(said.trimEnd().split('\n').at(-1));
}

const numberOf = ({ details }: WrittenEvent): number => (details as { n: number }).n;

test('what was written survives kill -9, every line is whole, and the next process goes on', async () => {
  const written = new Map<string, number>();
  for (let kill = 0; kill < KILLS; kill += 2) {
    // Two at once share the folder, as a command may beside a server.
    const names = [`p${kill}`, `p${kill + 1}`];
    const counts = await Promise.all(names.map(writeAndDie));
    names.forEach((name, index) => written.set(name, counts[index] ?? 0));
  }
  const events = eventsOf(folder);
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  for (const [name, count] of written) {
    const own = events.filter(({ instance }) => instance === name).map(numberOf);
    expect(own.length).toBeGreaterThanOrEqual(count);
    expect(count).toBeGreaterThan(0);
    // None is missing, none twice, and their order is kept.
    expect(own).toEqual(own.map((_n, index) => index + 1));
  }
  expect(filesOf(folder).length).toBeGreaterThan(1);

  const search = createSearch({ folder, settled: async () => {}, maxBytes: Infinity });
  const found = await search({ filter: {}, cursor: null, skip: 0, limit: events.length + 1 });
  expect(found.events).toHaveLength(events.length);
}, 60_000);
