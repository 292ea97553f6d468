import type { Version } from './version.ts';

/** Answers kept in one memory; when there are more, the oldest go. */
const CAPACITY = 10_000;

/** Answers of the store that hold while its version does. */
export interface Memory<Answer> {
  /** Comes before each look: forgets what is overtaken, and is true if anything was. `exactly` as in Version. */
  refresh(exactly?: boolean): boolean;
  /** undefined: not remembered. */
  get(key: string): Answer | undefined;
  /** Keeps what was read after the last `refresh`. */
  keep(key: string, answer: Answer): void;
}

export function createMemory<Answer>(version: Pick<Version, 'current'>): Memory<Answer> {
  const answers = new Map<string, Answer>();
  let seen: number | undefined;

  return {
    refresh: (exactly) => {
      const current = version.current(exactly);
      if (current === seen) return false;
      answers.clear();
      seen = current;
      return true;
    },
    get: (key) => answers.get(key),
    keep: (key, answer) => {
      answers.delete(key);
      const oldest = answers.size >= CAPACITY ? answers.keys().next().value : undefined;
      if (oldest !== undefined) answers.delete(oldest);
      answers.set(key, answer);
    },
  };
}

/**
 * `read`, remembering what it found. What is not there is not remembered, so nobody fills the memory by guessing.
 */
export function remembering<Answer>(
  version: Pick<Version, 'current'>,
  read: (key: string) => Answer | null,
): (key: string) => Answer | null {
  const memory = createMemory<Answer>(version);
  return (key) => {
    memory.refresh();
    const known = memory.get(key);
    if (known !== undefined) return known;
    const answer = read(key);
    if (answer !== null) memory.keep(key, answer);
    return answer;
  };
}
