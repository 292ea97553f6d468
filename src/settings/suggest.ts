/** "Did you mean": the one of `known` that a mistyped word is closest to, or null where none is close. */
export function suggest(word: string, known: readonly string[]): string | null {
  const wanted = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== null) return best;
  return known.find((candidate) => startsAlike(wanted, candidate.toLowerCase())) ?? null;
}

/** "warning" for "warn", "log" for "logs": one is the other with more behind it. */
function startsAlike(a: string, b: string): boolean {
  return Math.min(a.length, b.length) >= 3 && (a.startsWith(b) || b.startsWith(a));
}

/** The sentence part that names a suggestion, or '' where there is none. */
export function didYouMean(word: string, known: readonly string[]): string {
  const best = suggest(word, known);
  return best === null ? '' : `; did you mean "${best}"?`;
}

/**
 * Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours. Gives up at `limit`,
 * so a long wrong word costs little.
 */
export function editDistance(a: string, b: string, limit = Infinity): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row.push(cell(a, b, i, j, row, last, beforeLast));
    }
    if (Math.min(...row) >= limit) return limit;
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? limit;
}

function cell(
  a: string,
  b: string,
  i: number,
  j: number,
  row: readonly number[],
  last: readonly number[],
  beforeLast: readonly number[],
): number {
  const at = (line: readonly number[], index: number): number => line[index] ?? Infinity;
  const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
  const best = Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced);
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
  return swapped ? Math.min(best, at(beforeLast, j - 2) + 1) : best;
}
