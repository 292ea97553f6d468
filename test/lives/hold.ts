/** Lives so many lives, and fails with the shortest story of one that came out otherwise than foretold. */
import { expect } from '@jest/globals';
import { STEPS } from './batch.ts';
import { describe, liveAll } from './run.ts';

export async function holdLives(seed: number, lives: number): Promise<void> {
  const { surprises, ...tally } = await liveAll(seed, lives);
  const [first] = surprises.toSorted((a, b) => a.round - b.round);
  if (first !== undefined) {
    throw new Error(`${surprises.length} lives came out otherwise: ${await describe(first)}`);
  }
  expect(tally).toMatchObject({ lives, steps: lives * STEPS });
  // Neither always yes nor always no, or it would show nothing.
  expect(tally.admitted / tally.logins).toBeGreaterThan(0.2);
  expect(tally.admitted / tally.logins).toBeLessThan(0.8);
}
