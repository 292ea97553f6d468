/** Many lives at once in one store: a step of each, then another of each, and kills in between. */
import { rm } from 'node:fs/promises';
import { fastFolder } from '../support/redis/fast-folder.ts';
import { newActor, settle, stepsOf, wireOf, type Actor } from './actors.ts';
import { checkTurn, type Lived } from './check.ts';
import { instanceOf, settleIn } from './instance.ts';
import { startMachine, type Machine } from './machine.ts';
import { DAY, HOUR, SECOND } from './model/turn.ts';
import { random, type Random } from './random.ts';

export const STEPS = 30;

export interface Plan {
  readonly seed: number;
  readonly batch: number;
  /** Which lives of the batch: for the whole batch all of them. */
  readonly lives: readonly number[];
  /** Before which rounds the process is killed. */
  readonly kills: ReadonlySet<number>;
  /** Log in with everything after each step. */
  readonly thorough: boolean;
}

/** The first thing that came out otherwise than foretold. */
export interface Surprise {
  readonly plan: Plan;
  readonly life: number;
  readonly round: number;
  readonly text: string;
  /** The steps of the life so far, with their moments. */
  readonly story: readonly string[];
}

export interface Told {
  readonly lives: number;
  readonly steps: number;
  readonly logins: number;
  readonly admitted: number;
  readonly kills: number;
  readonly surprises: readonly Surprise[];
}

const BEGIN = Date.UTC(2030, 0, 1);

/** Seconds, minutes, hours or days. */
function pause(clock: Random): number {
  const [least, most] = clock.pick([
    [1, 90 * SECOND],
    [1, 90 * SECOND],
    [1, HOUR],
    [1, HOUR],
    [HOUR, 12 * HOUR],
    [12 * HOUR, 3 * DAY],
  ] as const);
  return clock.between(least, most);
}

type Tally = { -readonly [Name in keyof Omit<Told, 'surprises'>]: number };

/** Sends the steps of a round, and holds what came of them against the models. */
async function liveRound(
  machine: Machine,
  steps: ReturnType<typeof stepsOf>,
  moment: { readonly now: number; readonly sweep: boolean },
  tally: Tally,
): Promise<Map<Actor, string>> {
  const work = steps.map(({ actor, turn, logins }) => wireOf(turn, logins, actor.life));
  const { results } = await machine.ask<{ results: Lived[] }>({ kind: 'round', ...moment, work });
  const surprises = new Map<Actor, string>();
  for (const [index, { actor, turn, logins }] of steps.entries()) {
    const checked = checkTurn(actor.life, turn, logins, results[index], moment.now);
    tally.steps += 1;
    tally.logins += logins.length;
    tally.admitted += checked.admitted;
    if (checked.surprise !== null) surprises.set(actor, checked.surprise);
  }
  return surprises;
}

/** A life ends at its first surprise. */
async function live(machine: Machine, actors: readonly Actor[], plan: Plan): Promise<Told> {
  const { seed, batch, thorough } = plan;
  const clock = random(seed, batch);
  const tally: Tally = { lives: actors.length, steps: 0, logins: 0, admitted: 0, kills: 0 };
  const surprises: Surprise[] = [];
  let acting = actors;
  let now = BEGIN;
  for (let round = 0; round < STEPS && acting.length > 0; round += 1) {
    now += pause(clock);
    const sweep = clock.oneIn(4);
    if (plan.kills.has(round)) {
      await machine.killAndRestart(now);
      tally.kills += 1;
    }
    const steps = stepsOf(acting, { thorough, last: round === STEPS - 1 }, now);
    const fallen = await liveRound(machine, steps, { now, sweep }, tally);
    for (const [{ number, story }, text] of fallen) {
      surprises.push({ plan, life: number, round, text, story });
    }
    acting = acting.filter((actor) => !fallen.has(actor));
  }
  return { ...tally, surprises };
}

export async function liveBatch(plan: Plan): Promise<Told> {
  const { seed, batch, lives } = plan;
  const instance = instanceOf(batch);
  const folder = fastFolder('wharfpass-lives');
  const settings = await settleIn(folder, instance);
  const actors = lives.map((number) =>
    newActor(number, instance, (what) => random(seed, batch, number, what)),
  );
  const machine = await startMachine(settings, BEGIN);
  try {
    await settle(machine, actors, BEGIN);
    return await live(machine, actors, plan);
  } finally {
    await machine.end();
    await rm(folder, { recursive: true, force: true });
  }
}
