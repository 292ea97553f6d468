import { afterAll, beforeAll, test } from '@jest/globals';
import { openWorld, type World } from '../../support/world.ts';
import { checkLaw } from './law.ts';
import { openScene } from './scene.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test('what meets the criteria is gone, and nothing else, also after faults: in a file', async () => {
  await checkLaw(await openScene(world.store), world, 25);
});
