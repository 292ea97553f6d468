/** Numbers that look random and come again with their seed (mulberry32). */
export interface Random {
  /** A whole number from `least` up to and with `most`. */
  between(least: number, most: number): number;
  /** True once in `n` times. */
  oneIn(n: number): boolean;
  pick<T>(list: readonly T[]): T;
}

/** @param parts what the numbers are for: equal parts give equal numbers */
export function random(...parts: readonly number[]): Random {
  let state = parts.reduce((seed, part) => mix(seed ^ Math.imul(part + 1, 0x9e3779b1)), 0x2545f491);

  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    return (mix(state) >>> 0) / 2 ** 32;
  }

  const between = (least: number, most: number): number =>
    least + Math.floor(next() * (most - least + 1));
  return {
    between,
    oneIn: (n) => next() * n < 1,
    pick: <T>(list: readonly T[]): T => {
      if (list.length === 0) throw new Error('nothing to pick from');
      return list[between(0, list.length - 1)] as T;
    },
  };
}

function mix(value: number): number {
  let t = Math.imul(value ^ (value >>> 15), value | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return t ^ (t >>> 14);
}
