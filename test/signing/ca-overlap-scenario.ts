/** The replacement of a CA, beside registries that run: what docs/keys.md promises of it. */
import { expect } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { announceCa, switchCa } from '../../src/signing/ca-change.ts';
import { retireWithLeaves } from '../../src/signing/ca-overlap.ts';
import { openLeafSet } from '../../src/signing/inventory.ts';
import { openKeyFolder } from '../../src/signing/key-folder.ts';
import { scheduleOf } from '../../src/signing/key-sets.ts';
import type { Keys } from '../../src/signing/open-keys.ts';
import { startBundleRegistry, type BundleRegistry } from './real-registry.ts';
import { claimsAt, DAY, MAX_TTL, openTestKeys, settingsOf, temporaryFolder } from './support.ts';

const clock = { now: () => Date.now() };
const schedule = scheduleOf(settingsOf(), MAX_TTL);

const issue = (keys: Keys) => keys.registrySigner.sign(claimsAt(Date.now()), 'x5c');

async function eventually(condition: () => boolean): Promise<void> {
  const end = Date.now() + 8000;
  while (!condition() && Date.now() < end) await sleep(20);
  expect(condition()).toBe(true);
}

/** Asks a registry with a fresh token and with the oldest one, again and again. */
function askAllTheTime(keys: Keys, registry: BundleRegistry, oldest: string) {
  let asked = 0;
  let rejected = 0;
  const state = { running: true, paused: false };
  const loop = (async () => {
    while (state.running) {
      await sleep(2);
      if (state.paused) continue;
      for (const token of [await issue(keys), oldest]) {
        asked += 1;
        if ((await registry.status(token)) !== 200) rejected += 1;
      }
    }
  })();
  return {
    /** While the registry itself is away, nobody is served. */
    pause: async () => {
      state.paused = true;
      await sleep(100);
    },
    resume: () => {
      state.paused = false;
    },
    stop: async () => {
      state.running = false;
      await loop;
      return { asked, rejected };
    },
  };
}

/** @param program a Distribution of any version */
export async function replaceCaBeside(program: string): Promise<void> {
  const path = join(await temporaryFolder(), 'keys');
  const keys = await openTestKeys(path);
  const folder = await openKeyFolder(path, false);
  const first = keys.caCertificatePem();
  const [registry, forgotten] = [
    await startBundleRegistry(program, first),
    await startBundleRegistry(program, first),
  ];
  try {
    const oldest = await issue(keys);
    const client = askAllTheTime(keys, registry, oldest);

    await announceCa({ folder, clock }, 3650 * DAY, null);
    await eventually(() => keys.caCertificatePem() !== first);
    const both = keys.caCertificatePem();
    expect(both).toContain(first);
    await sleep(200);
    await client.pause();
    await registry.restart(both);
    client.resume();
    await sleep(200);

    const published = keys.jwks().keys.length;
    await switchCa({ folder, clock });
    await eventually(() => keys.jwks().keys.length > published);
    await sleep(200);
    const fresh = await issue(keys);
    expect(await registry.status(fresh)).toBe(200);
    // What the step with the bundle is for: a registry that was left out refuses.
    expect(await forgotten.status(fresh)).toBe(401);
    expect(await forgotten.status(oldest)).toBe(200);

    const set = await openLeafSet(folder, schedule, false, clock);
    const tooEarly = retireWithLeaves(set, { folder, clock, schedule }, false);
    await expect(tooEarly).rejects.toThrow(/Wait until/);
    const later = { now: () => Date.now() + (MAX_TTL + 200) * 1000 };
    await retireWithLeaves(set, { folder, clock: later, schedule }, false);
    await eventually(() => keys.caCertificatePem() !== both);
    await sleep(200);
    const { asked, rejected } = await client.stop();
    expect({ rejected, enough: asked > 50 }).toEqual({ rejected: 0, enough: true });

    await registry.restart(keys.caCertificatePem());
    expect(await registry.status(await issue(keys))).toBe(200);
    expect(await registry.status(oldest)).toBe(401);
  } finally {
    await Promise.all([registry.close(), forgotten.close(), keys.close()]);
  }
}
