import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../support/programs.ts';
import { rotateUnderLoad } from './rotations.ts';
import { startWorld, type World } from './world.ts';

const ROTATIONS = 200;
const FIVE_MINUTES = 300_000;

describeWith(['docker-registry', 'skopeo'], 'P-51: rotations of the signing key', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 30_000);
  // The registry's folder holds many thousands of layers by then, and a slow disk takes its time to drop them.
  afterAll(() => world.close(), 180_000);

  test('200 of them in five minutes beside raw clients and skopeo: nothing is rejected', async () => {
    const begun = Date.now();
    const { requests, kids } = await rotateUnderLoad(world, ROTATIONS, FIVE_MINUTES / ROTATIONS);
    const seconds = Math.round((Date.now() - begun) / 1000);
    console.log(`${requests} requests in ${seconds} s, ${kids} keys seen, 0 rejected`);
    expect(kids).toBeGreaterThan(ROTATIONS * 0.9);
    expect(requests).toBeGreaterThan(ROTATIONS * 20);
  }, 600_000);
});
