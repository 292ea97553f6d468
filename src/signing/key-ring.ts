/**
 * The registry signing keys of a running server. The folder is the truth: it is read again on a timer and whenever it
 * changes, so a leaf that another process or an operator made is picked up. When a leaf is half through its life the
 * first process to notice makes the next.
 */
import { AppError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { CA_CERTIFICATE, type Authority } from './authority.ts';
import { CA_SWITCH_AT } from './ca-change.ts';
import { followFolder } from './follow-folder.ts';
import { leafNumber, type Leaf } from './leaf.ts';
import { createLeafSet, type LeafSet, type LeafSetOptions } from './leaf-set.ts';

export interface KeyRing {
  authority(): Authority;
  /** Current, coming and retiring leaves, in order of their turn. */
  leaves(): readonly Leaf[];
  /** The leaf that signs now; null where none may. Cheap enough for each token. */
  active(): Leaf | null;
  /** As `active`, after an attempt to make a leaf if there is none. Never rejects. */
  revived(): Promise<Leaf | null>;
  /** Reads the folder, renews and retires; what fails is logged, and the old leaves stay in use. Never rejects. */
  refresh(): Promise<void>;
  /** Makes a leaf with a new key that signs from now on. */
  rotate(): Promise<Leaf>;
  close(): Promise<void>;
}

export type KeyRingOptions = LeafSetOptions & { readonly log: Logger };

/** After a failure, requests that find no leaf do not each start another attempt. */
const REVIVE_EVERY = 5_000;
const WARN_EVERY = 86_400_000;

/** Makes the first or the next leaf if it is due. Rejects if there is none to sign with then. */
export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  const { folder, clock, log } = options;
  const set = createLeafSet(options);
  await start(set, log);
  const turn = createTurn(set, options);
  const refresh = oneAtATime(turn);
  let triedAt = -Infinity;
  const revived = async (): Promise<Leaf | null> => {
    const now = clock.now();
    if (set.active() === null && Math.abs(now - triedAt) >= REVIVE_EVERY) {
      triedAt = now;
      await refresh();
    } else {
      await refresh.idle();
    }
    return set.active();
  };
  const isOurs = (name: string): boolean =>
    name === CA_CERTIFICATE || name === CA_SWITCH_AT || leafNumber(name) !== null;
  const unfollow = followFolder(folder.path, isOurs, refresh);
  return {
    authority: set.authority,
    leaves: set.leaves,
    active: set.active,
    revived,
    refresh,
    rotate: async () => {
      await set.read();
      const leaf = await set.rotate(clock.now());
      log.info(describe(leaf), 'made a signing key on request');
      return leaf;
    },
    close: async () => {
      unfollow();
      await refresh.idle();
    },
  };
}

/** A fault of any leaf is fatal here, while somebody is looking; later it is logged. */
async function start(set: LeafSet, log: Logger): Promise<void> {
  const [fault] = await set.read();
  if (fault !== undefined) throw new AppError('internal', fault);
  try {
    const made = await set.renew();
    if (made !== null) log.info(describe(made), 'made a signing certificate');
  } catch (error) {
    if (set.active() === null) throw error;
    log.error({ err: error }, 'could not renew the signing certificate');
  }
}

function createTurn(set: LeafSet, { clock, log }: KeyRingOptions): () => Promise<void> {
  let told: readonly string[] = [];
  let warnedAt = -Infinity;

  const warnOfAuthority = (): void => {
    const { notBefore, notAfter } = set.authority();
    const now = clock.now();
    if (notAfter - now > (notAfter - notBefore) / 10 || now - warnedAt < WARN_EVERY) return;
    warnedAt = now;
    // Nothing renews the CA by itself, since every registry holds a copy of it.
    log.warn({ notAfter: iso(notAfter) }, 'ca.crt ends soon: docs/keys.md says how to replace it');
  };

  return async () => {
    try {
      const faults = await set.read();
      for (const fault of faults) if (!told.includes(fault)) log.error(fault);
      told = faults;
      const made = await set.renew();
      if (made !== null) log.info(describe(made), 'made a signing certificate');
      for (const leaf of await set.retire())
        log.info(describe(leaf), 'removed a retired signing key');
      warnOfAuthority();
    } catch (error) {
      const active = set.active();
      const servingUntil = active === null ? null : iso(active.notAfter);
      log.error({ err: error, servingUntil }, 'could not refresh the signing keys; trying again');
    }
  };
}

/** Calls that come while one runs share one further run, so that none misses what changed before it. */
function oneAtATime(run: () => Promise<void>) {
  let running: Promise<void> | null = null;
  let again = false;
  const loop = async (): Promise<void> => {
    do {
      again = false;
      await run();
    } while (again);
    running = null;
  };
  const request = async (): Promise<void> => {
    again = true;
    running ??= loop();
    await running;
  };
  return Object.assign(request, { idle: async (): Promise<void> => void (await running) });
}

function describe(leaf: Leaf): object {
  return { file: leaf.file, kid: leaf.keyId, ca: leaf.issuer, notAfter: iso(leaf.notAfter) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
