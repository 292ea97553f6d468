import { afterAll, test } from '@jest/globals';
import { describeWith } from '../support/programs.ts';
import { replaceCaBeside } from './ca-overlap-scenario.ts';
import { removeTemporaryFolders } from './support.ts';

describeWith(
  ['docker-registry'],
  'P-51: the CA is replaced beside a running Distribution 2.8',
  () => {
    afterAll(removeTemporaryFolders);

    test('no token is refused, before, while and after; a registry that was left out refuses', async () => {
      await replaceCaBeside('docker-registry');
    }, 60_000);
  },
);
