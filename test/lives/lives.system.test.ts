/** As lives.test.ts, with ten times the lives. Every fourth batch of them is killed between every two steps. */
import { test } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { holdLives } from './hold.ts';

const LIVES = Number(process.env['LIVES'] ?? 20_000);
const SEED = Number(process.env['LIVES_SEED'] ?? randomInt(2 ** 31));

test(`CD-02, CD-11, CD-15, AUTO-03, AUTO-17: ${LIVES} lives of credentials are as foretold, through kill -9 between any two steps (seed ${SEED})`, async () => {
  await holdLives(SEED, LIVES);
}, 3_600_000);
