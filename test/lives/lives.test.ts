/**
 * Whole lives of credentials, made up by the thousand, against a model that knows the rules and nothing of processes:
 * `kill -9` between any two steps changes no outcome. `LIVES=500` for fewer, `LIVES_SEED=…` for the same ones again.
 */
import { test } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { holdLives } from './hold.ts';

const LIVES = Number(process.env['LIVES'] ?? 2000);
const SEED = Number(process.env['LIVES_SEED'] ?? randomInt(2 ** 31));

test(`CD-02, CD-11, CD-15, AUTO-03, AUTO-17: ${LIVES} lives of credentials are as foretold, through kill -9 between their steps (seed ${SEED})`, async () => {
  await holdLives(SEED, LIVES);
}, 600_000);
