/** One step of a life: what is asked for, what must come of it, and what is learnt from the answer. */
import type { Random } from '../random.ts';
import type { Key, Life } from './life.ts';

export const SECOND = 1000;
export const HOUR = 3600 * SECOND;
export const DAY = 24 * HOUR;

/** What is new in the world: ids, and under the names of `fresh` what somebody may log in with. */
export interface Made {
  readonly id?: number;
  readonly secretId?: number;
  readonly secretIds?: readonly number[];
  readonly convertedId?: number;
  readonly automatic?: {
    readonly id: number;
    readonly username: string;
    readonly secretIds: readonly number[];
  };
  readonly ci?: readonly [username: string, text: string];
}

export type Answer =
  { readonly refused: string } | { readonly ok: Readonly<Record<string, unknown>> };

export interface Turn {
  /** For the child: which step, and of what. */
  readonly step: { readonly do: string } & Readonly<Record<string, unknown>>;
  readonly answer: Answer;
  /** Logins that the answer hands out, by their name in it. */
  readonly fresh: Readonly<Record<string, Key>>;
  /** Logins that belong to the step. */
  readonly logins: readonly { readonly key: Key; readonly actions: readonly string[] }[];
  /** Throws where the answer contradicts what is known. */
  learn(made: Made): void;
}

/** null: this cannot happen now. The model has taken the step when this returns. */
export type Chapter = (life: Life, random: Random, now: number) => Turn | null;

const nothing = { fresh: {}, logins: [], learn: () => undefined };

export const refusal = (step: Turn['step'], refused: string): Turn => ({
  ...nothing,
  step,
  answer: { refused },
});

export const success = (
  step: Turn['step'],
  ok: Readonly<Record<string, unknown>> = {},
  more: Partial<Turn> = {},
): Turn => ({ ...nothing, step, answer: { ok }, ...more });

/** A new entry of the life's keys, whose login the answer will say. */
export function newKey(life: Life, owner: Key['owner']): Key {
  const key: Key = { owner, login: null };
  life.keys.push(key);
  return key;
}

/** What a step is told that it would surely be told. */
export function told<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the answer does not say ${what}`);
  return value;
}
