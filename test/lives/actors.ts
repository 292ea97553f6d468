/** Those whose lives a batch lives: each with its own model and its own random numbers. */
import type { Machine } from './machine.ts';
import { ensureAutomatic, learnAutomatic } from './model/automatic.ts';
import { newLife, type Instance, type Life } from './model/life.ts';
import { allLogins, everyLogin, nextTurn, someLogins, type Login } from './model/story.ts';
import type { Made, Turn } from './model/turn.ts';
import type { Random } from './random.ts';

export interface Actor {
  readonly number: number;
  readonly life: Life;
  readonly steps: Random;
  readonly logins: Random;
  readonly story: string[];
}

interface Settled {
  readonly settled: readonly (Pick<Made, 'automatic'> & {
    readonly people: readonly number[];
    readonly project: number;
  })[];
}

/** Makes the people and the project of each life. */
export async function settle(
  machine: Machine,
  actors: readonly Actor[],
  now: number,
): Promise<void> {
  const lives = actors.map(({ life: { people, project } }) => ({ people, project: project.path }));
  const { settled } = await machine.ask<Settled>({ kind: 'settle', now, lives });
  for (const [index, { life }] of actors.entries()) {
    const ids = settled[index];
    if (ids === undefined) throw new Error('a life was not settled');
    life.project.id = ids.project;
    for (const [at, person] of life.people.entries()) person.id = ids.people[at] ?? 0;
    ensureAutomatic(life, now);
    learnAutomatic(life, ids, now);
  }
}

/** What the process is told of a step. A login that the step has yet to hand out goes by its name in the answer. */
export const wireOf = ({ step, fresh }: Turn, logins: readonly Login[], { project }: Life) => ({
  step,
  logins: logins.map(({ key, actions }) => {
    const just = Object.keys(fresh).find((name) => fresh[name] === key);
    return { key: key.login, just, repository: project.path, actions };
  }),
});

/** One step of each life. */
export function stepsOf(
  actors: readonly Actor[],
  { thorough, last }: { readonly thorough: boolean; readonly last: boolean },
  now: number,
) {
  return actors.map((actor) => {
    const { life, steps, logins: random } = actor;
    const turn = nextTurn(life, steps, now);
    const some = last ? allLogins(life, turn, random) : someLogins(life, turn, random);
    const logins = thorough ? everyLogin(life, some) : some;
    actor.story.push(`${new Date(now).toISOString()} ${JSON.stringify(turn.step)}`);
    return { actor, turn, logins };
  });
}

export const newActor = (
  number: number,
  instance: Instance,
  randomFor: (what: number) => Random,
): Actor => ({
  number,
  life: newLife(String(number), instance),
  steps: randomFor(1),
  logins: randomFor(2),
  story: [],
});
