import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadSettings } from '../../src/settings/load.ts';
import { problemsOf, temporaryFolder, type Folder } from './support.ts';

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

const load = (yaml: string) => ({
  file: folder.write('w.yml', yaml),
  env: {},
  cwd: folder.path,
});

const NEWER = 'services: {a: {registry: distribution-3}, z: {registry: zot}}\nservice: a\n';

test.each(['PS256', 'EdDSA'])(
  'P-49: %s is refused unless every registry verifies it',
  (algorithm) => {
    const signing = `signing: {algorithm: ${algorithm}}\n`;
    expect(loadSettings(load(NEWER + signing)).signing.algorithm).toBe(algorithm);
    const cases = [
      [signing, '"container_registry" is any'],
      [`services: {b: {registry: distribution-3}}\n${signing}`, '"container_registry" is any'],
      [NEWER.replace('zot}', 'distribution-2}') + signing, '"z" is distribution-2'],
      [NEWER.replace('zot}', 'zot}, c: {key: own}') + signing, '"c" is any'],
    ] as const;
    for (const [yaml, reason] of cases) {
      const [problem, ...more] = problemsOf(load(yaml));
      expect(more).toEqual([]);
      expect(problem).toContain(`signing.algorithm: ${algorithm} is verified by`);
      expect(problem).toContain(reason);
      expect(problem).toContain('set it to ES256, or services.<name>.registry');
    }
  },
);

test.each(['ES256', 'RS256'])('P-49: %s pleases every registry', (algorithm) => {
  expect(problemsOf(load(`signing: {algorithm: ${algorithm}}\n`))).toEqual([]);
});
