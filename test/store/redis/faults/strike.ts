/** Lets a fault strike one call of a verb, and judges what came of it. */
import { performance } from 'node:perf_hooks';
import type { Fault } from '../../../support/redis/fault.ts';
import type { Case } from './cases.ts';
import { sleep } from '../../../support/redis/child.ts';
import { callName, isCall, isScript, isWell, type Lane } from './lane.ts';
import { insist, isRefusal } from './insist.ts';
import { stalledSince } from '../../../support/stalls.ts';
import type { Trial } from './trial.ts';

/** Milliseconds in which every call is settled. */
export const SETTLED = 500;
/** In which the store works again. */
export const RECOVERED = 2000;

/** How a fault comes: `once` at the nth call of a verb; `for good` from there on; `before`: long since when it begins. */
export type Manner = 'once' | 'for good' | 'before';

export type Strike = Fault | 'down';

export interface Site {
  readonly case: Case;
  /** 1: the first call that the verb makes. */
  readonly nth: number;
  /** What it calls there. */
  readonly script: string;
}

async function callsOf(lane: Lane, one: Case): Promise<string[]> {
  const trial = await one.prepare(lane);
  const called: string[] = [];
  void lane.proxy.next({ kind: 'delay', ms: 0 }, 1, (command) => {
    const name = callName(command);
    if (name !== undefined) called.push(name);
    return false;
  });
  const answer = await trial.call();
  await lane.proxy.heal();
  await trial.right(answer);
  await trial.afterwards?.(true);
  return called;
}

/** What a verb calls when nothing is wrong: of several tries the shortest, since syncs in the background join in. */
export async function sitesOf(lane: Lane, one: Case): Promise<Site[]> {
  let fewest: string[] | undefined;
  for (let tries = 0; tries < 3; tries += 1) {
    const called = await insist(() => callsOf(lane, one));
    if (fewest === undefined || called.length < fewest.length) fewest = called;
  }
  // A verb that answers from memory may find the memory too old.
  const scripts = fewest === undefined || fewest.length === 0 ? ['sync'] : fewest;
  return scripts.map((script, at) => ({ case: one, nth: at + 1, script }));
}

/** Resolves when the fault has struck. */
export function arm(lane: Lane, strike: Strike, manner: Manner, nth: number): { struck: boolean } {
  const { proxy } = lane;
  const state = { struck: false };
  let count = 0;
  const hits = new Set<readonly string[]>();
  const isNth = (command: readonly string[]): boolean => {
    if (!isCall(command)) return false;
    count += 1;
    if (count !== nth) return false;
    state.struck = true;
    return true;
  };
  if (strike === 'down') {
    void proxy.next({ kind: 'cut', at: 'reply', by: 'RST' }, 1, isNth).then(() => proxy.down());
  } else if (manner === 'once') {
    void proxy.next(strike, 1, isNth);
  } else {
    // Asked of each command when it comes, and again with its reply.
    void proxy.next(strike, 1, (command) => {
      if (!isNth(command)) return false;
      proxy.set(
        strike,
        (other) => isScript(other) && (hits.has(other) || hits.add(other) !== undefined),
      );
      return true;
    });
  }
  return state;
}

/** Milliseconds after which nothing in memory is fresh any more. */
const OUTAGE = 1100;

async function longSince({ proxy }: Lane, strike: Strike): Promise<{ struck: boolean }> {
  if (strike === 'down') await proxy.down();
  else proxy.set(strike, isScript);
  await sleep(OUTAGE);
  return { struck: true };
}

interface Ended {
  readonly ms: number;
  readonly answer?: unknown;
  readonly error?: unknown;
}

async function timed(call: () => Promise<unknown>): Promise<Ended> {
  const began = performance.now();
  const stalled = stalledSince();
  // What this process could not do anything in is no time of the store's.
  const ms = () => performance.now() - began - stalled();
  return call().then(
    (answer) => ({ ms: ms(), answer }),
    (error: unknown) => ({ ms: ms(), error }),
  );
}

function faultIn({ ms, error }: Ended): string | undefined {
  if (ms > SETTLED) return `settled after ${Math.round(ms)} ms`;
  if (error === undefined) return undefined;
  if (isRefusal(error)) return undefined;
  return `rejected with ${error instanceof Error ? error.stack : 'no error'}`;
}

const firstLines = (error: unknown): string => String(error).split('\n').slice(0, 12).join('\n');

/** Until the store is well and `ask` is not refused any more; other errors of `ask` are thrown. */
async function recovered(lane: Lane, ask: () => unknown): Promise<void> {
  const began = performance.now();
  const stalled = stalledSince();
  let detail = 'not well';
  let well = false;
  for (;;) {
    try {
      well ||= await isWell(lane);
      if (well) return void (await ask());
    } catch (error) {
      if (!isRefusal(error)) throw error;
      detail = `${well ? 'the verb' : 'ping'}: ${error.detail ?? ''}`;
    }
    const took = Math.round(performance.now() - began - stalled());
    if (took > RECOVERED) throw new Error(`not well after ${took} ms, last: ${detail}`);
    await sleep(15);
  }
}

/** @returns everything that was wrong */
async function judge(lane: Lane, trial: Trial, ended: Ended): Promise<string[]> {
  const faults = [faultIn(ended)];
  const check = async (what: string, ask: () => unknown): Promise<void> => {
    await Promise.resolve()
      .then(ask)
      .catch((error: unknown) => faults.push(`${what}: ${firstLines(error)}`));
  };
  const done = ended.error === undefined;
  if (done) await check('a wrong answer', () => trial.right(ended.answer));
  else await check('after the refusal', () => trial.refused?.());
  await lane.proxy.heal();
  await check('afterwards', () => recovered(lane, () => trial.afterwards?.(done)));
  return faults.filter((fault) => fault !== undefined);
}

export interface Result {
  readonly struck: boolean;
  readonly refused: boolean;
  readonly ms: number;
  readonly faults: readonly string[];
}

export async function strikeOnce(
  lane: Lane,
  { case: one, nth }: Site,
  strike: Strike,
  manner: Manner,
): Promise<Result> {
  const trial = await insist(() => one.prepare(lane));
  const state =
    manner === 'before' ? await longSince(lane, strike) : arm(lane, strike, manner, nth);
  const ended = await timed(() => trial.call());
  const { struck } = state;
  const faults = await judge(lane, trial, ended);
  return { struck, refused: ended.error !== undefined, ms: ended.ms, faults };
}

/** Whether nothing was wrong but the time that it took. */
export const isOnlyLate = ({ faults }: Result): boolean =>
  faults.length > 0 && faults.every((fault) => /settled after|not well after/.test(fault));
