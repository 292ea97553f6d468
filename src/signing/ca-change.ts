/**
 * Replacing the CA with an overlap: announce the new one, switch to it, retire the old one. Each step counts from the
 * moment when `ca.crt` is replaced, which is one rename; a process killed before or after leaves a folder that every
 * server can use, and the step can be given again.
 *
 *     ca.crt: old          keys: ca.key                        single
 *     ca.crt: old new            ca.key (old), ca-next.key     announced
 *     ca.crt: new old            ca.key (old), ca-next.key     switched
 *     ca.crt: new                ca.key (new)                  single
 */
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import {
  belongTogether,
  CA_CERTIFICATE,
  CA_KEY,
  CA_NEXT_KEY,
  loadAuthority,
  pemOf,
  selfSigned,
  type Authority,
  type CaCertificate,
} from './authority.ts';
import { withCaLock } from './ca-lock.ts';
import type { KeyFolder } from './key-folder.ts';
import { generateEcKey } from './key-pair.ts';
import { loadOrMakeKey, loadPrivateKey } from './private-key-file.ts';

export type CaPhase = 'single' | 'announced' | 'switched';

/** When servers are to switch by themselves: a time in ISO form. */
export const CA_SWITCH_AT = 'ca-switch-at';

export interface CaState {
  readonly phase: CaPhase;
  readonly authority: Authority;
  /** Milliseconds since the epoch; null where only `keys ca switch` does it. */
  readonly switchAt: number | null;
}

export interface CaChangeOptions {
  readonly folder: KeyFolder;
  readonly clock: Clock;
}

/** @throws AppError `not_found` for a folder without a CA */
export async function readCaState(folder: KeyFolder): Promise<CaState> {
  const authority = await loadAuthority(folder);
  if (authority === null) {
    const text = `There are no keys in ${folder.path} yet. Run: wharfpass keys init`;
    throw new AppError('not_found', text);
  }
  const next = await loadPrivateKey(folder, CA_NEXT_KEY);
  const isNext = ({ certificate }: CaCertificate): boolean =>
    next !== null && belongTogether(certificate, next);
  const [first, ...others] = authority.trusted;
  const switched = others.length > 0 && first !== undefined && isNext(first);
  const phase = switched ? 'switched' : others.some(isNext) ? 'announced' : 'single';
  return { phase, authority, switchAt: await readSwitchAt(folder) };
}

/** Milliseconds since the epoch; null where no time is set. */
export async function readSwitchAt(folder: KeyFolder): Promise<number | null> {
  const at = Date.parse(((await folder.read(CA_SWITCH_AT)) ?? '').trim());
  return Number.isNaN(at) ? null : at;
}

/**
 * Makes the new CA and puts its certificate into `ca.crt`, behind the old one. Where it is there already, only
 * `switchAt` changes.
 *
 * @param lifetime of the certificate, in milliseconds
 * @param switchAt milliseconds since the epoch, or null
 */
export async function announceCa(
  { folder, clock }: CaChangeOptions,
  lifetime: number,
  switchAt: number | null,
): Promise<CaState> {
  return await withCaLock(folder, clock, async (confirm) => {
    await finishRetirement(folder);
    const { phase, authority } = await readCaState(folder);
    if (phase === 'switched')
      throw conflict('The last replacement is not at its end yet', 'retire');
    // First the time, so that a server which sees the new CA knows all about it.
    await confirm();
    if (switchAt === null) await folder.remove(CA_SWITCH_AT);
    else await folder.replace(CA_SWITCH_AT, `${new Date(switchAt).toISOString()}\n`);
    if (phase === 'single') {
      const key = await loadOrMakeKey(folder, CA_NEXT_KEY, generateEcKey);
      const pem = await selfSigned(key, clock.now(), lifetime);
      await confirm();
      await folder.replace(CA_CERTIFICATE, authority.pem + pem);
    }
    return await readCaState(folder);
  });
}

/** Makes the new CA the one that leaves are made under. Resolves to null where it was that already. */
export async function switchCa({ folder, clock }: CaChangeOptions): Promise<CaState | null> {
  return await withCaLock(folder, clock, async (confirm) => {
    const { phase, authority } = await readCaState(folder);
    if (phase === 'single') throw conflict('There is no new CA to switch to', 'renew');
    if (phase === 'announced') {
      const next = await loadPrivateKey(folder, CA_NEXT_KEY);
      const isNext = ({ certificate }: CaCertificate): boolean =>
        next !== null && belongTogether(certificate, next);
      const { trusted } = authority;
      const others = trusted.filter((each) => !isNext(each));
      await confirm();
      await folder.replace(CA_CERTIFICATE, pemOf([...trusted.filter(isNext), ...others]));
    }
    await folder.remove(CA_SWITCH_AT);
    return phase === 'announced' ? await readCaState(folder) : null;
  });
}

/** Takes the old CA out of `ca.crt` and removes its key. The caller has made sure that no token needs it. */
export async function retireCa({ folder, clock }: CaChangeOptions): Promise<CaState> {
  return await withCaLock(folder, clock, async (confirm) => {
    const { phase, authority } = await readCaState(folder);
    if (phase === 'announced') throw conflict('The old CA still signs', 'switch');
    if (phase === 'switched') {
      await confirm();
      await folder.replace(CA_CERTIFICATE, pemOf(authority.trusted.slice(0, 1)));
    }
    await finishRetirement(folder);
    return await readCaState(folder);
  });
}

/** Gives the key of a CA that is alone its name, in place of the old one's. A killed process may have left that over. */
async function finishRetirement(folder: KeyFolder): Promise<void> {
  const authority = await loadAuthority(folder);
  const next = await loadPrivateKey(folder, CA_NEXT_KEY);
  if (authority === null || next === null || authority.trusted.length > 1) return;
  if (belongTogether(authority.certificate, next)) await folder.rename(CA_NEXT_KEY, CA_KEY);
}

function conflict(what: string, verb: string): AppError {
  return new AppError('conflict', `${what}. Run: wharfpass keys ca ${verb}`);
}
