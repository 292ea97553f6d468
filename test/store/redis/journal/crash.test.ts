/** What the journal acknowledged survives `kill -9`. */
import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { distDir } from '../../../support/built.ts';
import { useFolders } from './support.ts';

const KILLS = 12;
const CHILD = join(import.meta.dirname, 'crash-child.mjs');
const { folder, open } = useFolders();

/** Works until it is killed at a random moment. Resolves to what it acknowledged. */
async function workAndDie(dataDir: string, first: number): Promise<readonly number[]> {
  const args = [CHILD, distDir(), dataDir, String(first)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  await sleep(Math.random() * 150);
  child.kill('SIGKILL');
  expect((await closed)[1]).toBe('SIGKILL');
  return text.split('\n').slice(0, -1).map(Number);
}

test('R10: every acknowledged end and revocation is still there after kill -9', async () => {
  const dataDir = folder();
  const said: number[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    said.push(...(await workAndDie(dataDir, 1 + kill * 1_000_000)));
  }
  const journal = await open(dataDir, { now: Date.now });
  expect(journal.instanceId).toBe('the-same-each-time-0000');
  const ends = new Set(journal.pendingEnds().map((end) => end.jobId));
  const revoked = new Set(
    journal.pendingRevocations().flatMap((one) => ('tokenId' in one ? [one.tokenId] : [])),
  );
  expect(said.length).toBeGreaterThan(KILLS * 10);
  const lost = said.filter((id) => (id > 0 ? !ends.has(id) : !revoked.has(-id)));
  expect(lost).toEqual([]);
}, 60_000);
