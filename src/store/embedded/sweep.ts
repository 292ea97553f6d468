/** Rows that one piece of a clean-up takes, so that it holds nobody up. */
export const SWEEP = 1_000;

/** Cleans up piece by piece, until one finds less than it may take; resolves to how many rows went. */
export async function sweepAll(piece: () => Promise<number>): Promise<number> {
  for (let total = 0; ;) {
    const swept = await piece();
    total += swept;
    if (swept < SWEEP) return total;
  }
}
