import { afterAll, describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { announceCa, CA_SWITCH_AT, readCaState, switchCa } from '../../src/signing/ca-change.ts';
import { CA_LOCK } from '../../src/signing/ca-lock.ts';
import { retireWithLeaves, switchWithLeaf } from '../../src/signing/ca-overlap.ts';
import { openLeafSet } from '../../src/signing/inventory.ts';
import { openKeyFolder, type KeyFolder } from '../../src/signing/key-folder.ts';
import { scheduleOf } from '../../src/signing/key-sets.ts';
import {
  DAY,
  handClock,
  MAX_TTL,
  openTestKeys,
  removeTemporaryFolders,
  settingsOf,
  temporaryFolder,
} from './support.ts';

afterAll(removeTemporaryFolders);

const LIFETIME = 3650 * DAY;
const schedule = scheduleOf(settingsOf(), MAX_TTL);
/** A token's longest life, the leeway of registries, and the time in which every process has the new leaf. */
const OVERLAP = (MAX_TTL + 60 + 60) * 1000;

async function madeFolder() {
  const path = join(await temporaryFolder(), 'keys');
  const clock = handClock();
  await (await openTestKeys(path, { clock })).close();
  return { path, clock, folder: await openKeyFolder(path, false) };
}

type Made = Awaited<ReturnType<typeof madeFolder>>;

const setOn = ({ folder, clock }: Omit<Made, 'path'>) =>
  openLeafSet(folder, schedule, false, clock);
const announce = (made: Omit<Made, 'path'>, switchAt: number | null = null) =>
  announceCa(made, LIFETIME, switchAt);
const switchTo = async (made: Omit<Made, 'path'>) => await switchWithLeaf(await setOn(made), made);
const retire = async (made: Omit<Made, 'path'>, now = false) =>
  await retireWithLeaves(await setOn(made), { ...made, schedule }, now);

const certificates = (path: string) =>
  (
    readFileSync(join(path, 'ca.crt'), 'utf8').match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g) ??
    []
  ).map((pem) => new X509Certificate(pem).fingerprint256);

/** The CA that a registry would have to trust for the leaf that signs. */
async function issuerOfActive(made: Made): Promise<string | undefined> {
  const set = await setOn(made);
  const { trusted } = set.authority();
  return trusted.find(({ keyId }) => keyId === set.active()?.issuer)?.certificate.fingerprint256;
}

describe('P-51: the CA is replaced in three steps', () => {
  test('renew publishes both and signs with the old one; switch signs with the new one; retire leaves it alone', async () => {
    const made = await madeFolder();
    const [old] = certificates(made.path);
    await announce(made);
    const [first, second] = certificates(made.path);
    expect(first).toBe(old);
    expect(await issuerOfActive(made)).toBe(old);

    const leaf = await switchTo(made);
    expect(leaf?.file).toBe('leaf-2.pem');
    expect(certificates(made.path)).toEqual([second, old]);
    expect(await issuerOfActive(made)).toBe(second);

    made.clock.advance(OVERLAP);
    await retire(made);
    expect(certificates(made.path)).toEqual([second]);
    expect(await issuerOfActive(made)).toBe(second);
    expect(
      readdirSync(made.path)
        .filter((name) => /^(ca|leaf)/.test(name))
        .toSorted(),
    ).toEqual(['ca.crt', 'ca.key', 'leaf-2.pem']);
  });

  test('a running server publishes both, takes up the switch, and its old tokens’ leaf stays', async () => {
    const { path, clock, folder } = await madeFolder();
    const keys = await openTestKeys(path, { clock });
    const blocks = () => keys.caCertificatePem().match(/BEGIN CERTIFICATE/g)?.length;
    const [kid] = keys.jwks().keys.map((key) => key.kid);
    await announce({ clock, folder });
    await eventually(() => blocks() === 2);
    await switchCa({ clock, folder });
    await eventually(() => keys.jwks().keys.length === 2);
    expect(keys.jwks().keys.map((key) => key.kid)).toContain(kid);
    expect(blocks()).toBe(2);
    await keys.close();
  });

  test('a server switches by itself at the time that was set, and no earlier', async () => {
    const made = await madeFolder();
    const [old] = certificates(made.path);
    await announce(made, made.clock.now() + 3600_000);
    expect(await readCaState(made.folder)).toMatchObject({
      phase: 'announced',
      switchAt: made.clock.now() + 3600_000,
    });
    made.clock.advance(3599_000);
    await (await openTestKeys(made.path, { clock: made.clock })).close();
    expect(await issuerOfActive(made)).toBe(old);
    made.clock.advance(1000);
    await (await openTestKeys(made.path, { clock: made.clock })).close();
    expect(certificates(made.path)[1]).toBe(old);
    expect(await issuerOfActive(made)).toBe(certificates(made.path)[0]);
    expect(readdirSync(made.path)).not.toContain(CA_SWITCH_AT);
  });

  test('not while a key of the old one waits for its turn', async () => {
    const made = await madeFolder();
    await (await setOn(made)).rotate(made.clock.now() + 600_000);
    await announce(made, made.clock.now());
    await expect(switchTo(made)).rejects.toThrow(/leaf-2\.pem is by the old CA and takes over at/);
    await (await openTestKeys(made.path, { clock: made.clock })).close();
    expect((await readCaState(made.folder)).phase).toBe('announced');
    made.clock.advance(600_000);
    await (await openTestKeys(made.path, { clock: made.clock })).close();
    expect((await readCaState(made.folder)).phase).toBe('switched');
  });

  test('steps out of turn are refused with the step that comes', async () => {
    const made = await madeFolder();
    await expect(switchTo(made)).rejects.toThrow(/keys ca renew/);
    await announce(made);
    await expect(retire(made)).rejects.toThrow(/keys ca switch/);
    await switchTo(made);
    await expect(announce(made)).rejects.toThrow(/keys ca retire/);
  });

  test('a step that is given again changes nothing more', async () => {
    const made = await madeFolder();
    await announce(made);
    const both = certificates(made.path);
    await announce(made);
    expect(certificates(made.path)).toEqual(both);
    await switchTo(made);
    expect((await switchTo(made))?.file).toBe('leaf-2.pem');
    made.clock.advance(OVERLAP);
    await retire(made);
    await retire(made);
    expect(certificates(made.path)).toEqual([both[1]]);
  });
});

describe('P-52: the old CA goes', () => {
  test('only when the last token under it has ended, with the leeway of registries', async () => {
    const made = await madeFolder();
    await announce(made);
    await switchTo(made);
    made.clock.advance(OVERLAP - 1);
    await expect(retire(made)).rejects.toThrow(/Wait until .*Z\. .*add --now/);
    expect(certificates(made.path)).toHaveLength(2);
    made.clock.advance(1);
    await retire(made);
    expect(certificates(made.path)).toHaveLength(1);
  });

  test('not because somebody removed its leaf by hand', async () => {
    const made = await madeFolder();
    await announce(made);
    await switchTo(made);
    await made.folder.remove('leaf-1.pem');
    await expect(retire(made)).rejects.toThrow(/Wait until/);
  });

  test('at once after a theft', async () => {
    const made = await madeFolder();
    await announce(made);
    await switchTo(made);
    await retire(made, true);
    expect(certificates(made.path)).toHaveLength(1);
    expect(readdirSync(made.path)).not.toContain('leaf-1.pem');
  });
});

/** Lets `writes` changes through and then fails, as a process does that is killed. */
function killedAfter(folder: KeyFolder, writes: number): KeyFolder {
  let left = writes;
  const counted =
    <Args extends unknown[], Result>(change: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (left === 0) throw new Error('killed');
      left -= 1;
      return await change(...args);
    };
  return {
    ...folder,
    publish: counted(folder.publish),
    replace: counted(folder.replace),
    rename: counted(folder.rename),
    remove: counted(folder.remove),
  };
}

describe('a process that is killed at any step', () => {
  const steps = [
    ['renew', 'announced', announce, async () => undefined],
    ['switch', 'switched', switchTo, announce],
    [
      'retire',
      'single',
      retire,
      async (made: Made) => {
        await announce(made);
        await switchTo(made);
        made.clock.advance(OVERLAP);
      },
    ],
  ] as const;

  test.each(steps)(
    '%s: leaves a folder that works, and the step can be given again',
    async (_, phase, step, before) => {
      let finished = false;
      for (let writes = 0; !finished; writes += 1) {
        const made = await madeFolder();
        await before(made);
        const dying = killedAfter(made.folder, writes);
        finished = await step({ ...made, folder: dying }).then(
          () => true,
          (error: Error) => {
            expect(error.message).toBe('killed');
            return false;
          },
        );
        // A server starts on it, now and when the lock is old, and can sign.
        const keys = await openTestKeys(made.path, { clock: made.clock });
        expect(keys.state().ok).toBe(true);
        await keys.close();
        made.clock.advance(61_000);
        await step(made);
        expect((await readCaState(made.folder)).phase).toBe(phase);
        const again = await openTestKeys(made.path, { clock: made.clock });
        expect(again.caCertificatePem().match(/BEGIN/g)).toHaveLength(phase === 'single' ? 1 : 2);
        await again.close();
        expect(readdirSync(made.path)).not.toContain(CA_LOCK);
        expect(writes).toBeLessThan(12);
      }
    },
  );
});

describe('several processes at once', () => {
  test('one makes the CA; the others have it, or are asked to come again', async () => {
    const made = await madeFolder();
    const folders = await Promise.all(
      Array.from({ length: 8 }, () => openKeyFolder(made.path, false)),
    );
    const outcomes = await Promise.allSettled(
      folders.map((folder) => announce({ folder, clock: made.clock })),
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' });
    }
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(certificates(made.path)).toHaveLength(2);
  });

  test('a lock that was lost stops the change before it counts', async () => {
    const made = await madeFolder();
    const stolen = {
      ...made.folder,
      publish: async (name: string, text: string) => {
        const done = await made.folder.publish(name, text);
        if (name === 'ca-next.key') writeFileSync(join(made.path, CA_LOCK), 'somebody else');
        return done;
      },
    };
    await expect(announce({ folder: stolen, clock: made.clock })).rejects.toThrow(/Try again/);
    expect(certificates(made.path)).toHaveLength(1);
    expect(readFileSync(join(made.path, CA_LOCK), 'utf8')).toBe('somebody else');
  });
});

async function eventually(condition: () => boolean): Promise<void> {
  const end = Date.now() + 8000;
  while (!condition() && Date.now() < end) {
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
  expect(condition()).toBe(true);
}
