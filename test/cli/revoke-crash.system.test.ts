/** The server is killed in the middle of a bulk revocation, again and again: the command goes on, and ends what is left. */
import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/clock.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { createLog } from '../../src/log.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { deployToken, hashOf, makeProject, makeUser, projectSource } from '../store/fixtures.ts';
import { distDir } from '../support/built.ts';
import {
  answers,
  freePort,
  plainEnvironment,
  runProgram,
  startService,
  type Service,
} from '../support/run-program.ts';

const MEANT = 4_000;
const OTHERS = 50;
const KILLS = 3;

const folder = mkdtempSync(join(tmpdir(), 'wharfpass-crash-'));
const dataDir = join(folder, 'data');
const main = join(distDir(), 'main.js');
const log = createLog({ level: 'silent' }, process.stderr);
const open = () => openEmbeddedStore({ dataDir, clock: systemClock, log });
let server: Service | undefined;
afterAll(async () => {
  await server?.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

test('what meets the criteria is gone in the end, and nothing else', async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = plainEnvironment({ WHARFPASS_LISTEN: `127.0.0.1:${port}`, WHARFPASS_URL: url });
  const ready = answers(`${url}/readyz`, 200);
  const start = async (): Promise<void> => {
    server = await startService(process.execPath, [main, 'serve'], { env, cwd: folder, ready });
  };
  await start();
  await server?.stop();

  const store = await open();
  const now = systemClock.now();
  const changes = [makeUser('jane'), makeUser('bob'), makeProject('jane/app')];
  const [jane = 0, bob = 0, app = 0] = await store.directory.apply(changes, now);
  const holder = projectSource(app);
  await Promise.all(
    Array.from({ length: MEANT + OTHERS }, (_, n) => {
      const fields = { hash: hashOf(`token ${n}`), createdBy: n < MEANT ? jane : bob };
      return store.deployTokens.create(deployToken(holder, fields), now);
    }),
  );
  await store.close();

  await start();
  const args = [main, 'revoke', '--issuer', 'jane', '--kind', 'deploy-tokens', '--yes'];
  // On a slow machine the command may give up before the server is back; it says then to run it again.
  const untilDone = async (): Promise<void> => {
    for (;;) {
      const { code, stderr } = await runProgram(process.execPath, args, {
        env,
        cwd: folder,
        patience: 60_000,
      });
      if (code === 0) return;
      expect([code, stderr]).toEqual([EXIT.unavailable, expect.stringContaining('again')]);
    }
  };
  const revoking = untilDone();
  const state = { over: false };
  void revoking.then(
    () => (state.over = true),
    () => (state.over = true),
  );
  let interrupted = 0;
  for (let kill = 0; kill < KILLS && !state.over; kill += 1) {
    await sleep(kill === 0 ? 700 : 100 + Math.random() * 300);
    if (state.over) break;
    expect(await server?.stop('SIGKILL')).toBeNull();
    interrupted += 1;
    await start();
  }
  await revoking;
  expect(interrupted).toBeGreaterThan(0);
  await server?.stop();

  const after = await open();
  const live = await after.deployTokens.list(holder, { offset: 0, limit: 10_000 }, true);
  expect(live.total).toBe(OTHERS);
  expect(live.items.every(({ createdBy }) => createdBy === bob)).toBe(true);
  await after.close();
}, 90_000);
