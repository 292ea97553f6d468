import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../support/programs.ts';
import { rotateUnderLoad } from './rotations.ts';
import { startWorld, type World } from './world.ts';

const ROTATIONS = 30;

describeWith(['docker-registry', 'skopeo'], 'P-51: rotations of the signing key', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 30_000);
  afterAll(() => world.close());

  test('30 of them beside raw clients and skopeo: nothing is rejected, and no registry is touched', async () => {
    const { requests, kids } = await rotateUnderLoad(world, ROTATIONS, 300);
    expect(requests).toBeGreaterThan(ROTATIONS * 10);
    // Whether each was in use long enough to be seen is the machine's affair.
    expect(kids).toBeGreaterThan(ROTATIONS / 2);
  }, 120_000);
});
