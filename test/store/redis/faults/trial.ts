/** One call of a verb that is to meet a fault, and what may be seen of it afterwards. */
import { expect } from '@jest/globals';
import type { Lane } from './lane.ts';

export interface Trial {
  call(): Promise<unknown>;
  /** Throws where an answer is wrong. What the call did must be there for everybody by now. */
  right(answer: unknown): unknown;
  /** At once after the call was refused, with the fault still there. */
  refused?(): Promise<unknown>;
  /** Once all is well again. `done`: the call was answered. */
  afterwards?(done: boolean): Promise<unknown>;
}

/** A clean-up that has one thing to find; it may be given again. */
export function sweepTrial(sweep: () => Promise<number>, expectSwept: () => Promise<void>): Trial {
  return {
    call: sweep,
    right: async (answer) => {
      expect(answer).toBe(1);
      await expectSwept();
    },
    afterwards: async () => {
      await sweep();
      expect(await sweep()).toBe(0);
      await expectSwept();
    },
  };
}

/** Makes what the call needs, through the onlooker, and says how to judge it. */
export type Prepare = (lane: Lane) => Promise<Trial> | Trial;

/** The cases of each verb of a port: a verb without one does not compile, and fails the suite. */
export type Cases<Port> = { readonly [Verb in keyof Port]-?: Readonly<Record<string, Prepare>> };

type AnyVerb = (...args: never[]) => unknown;
export type Verbs<Port> = {
  [Key in keyof Port as Port[Key] extends AnyVerb ? Key : never]: Port[Key];
};
