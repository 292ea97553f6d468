import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../support/built.ts';

const read = (file: string): Promise<string> => readFile(join(root, file), 'utf8');

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Record<string, string>;
}

async function lockedPackages(): Promise<Record<string, Locked>> {
  const lock = JSON.parse(await read('package-lock.json')) as { packages: Record<string, Locked> };
  return lock.packages;
}

test('T50: dependencies are named by exact version, and at most twelve run with the server', async () => {
  const { dependencies, devDependencies } = JSON.parse(await read('package.json')) as Record<
    string,
    Record<string, string>
  >;
  const versions = Object.values({ ...dependencies, ...devDependencies });
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  expect(Object.keys(dependencies ?? {}).length).toBeLessThanOrEqual(12);
});

test('T50: the lock file pins each package by its content and names no server', async () => {
  const packages = Object.entries(await lockedPackages()).filter(([path]) => path !== '');
  expect(packages.length).toBeGreaterThan(100);
  const loose = packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'));
  expect(loose.map(([path]) => path)).toEqual([]);
});

test('the lock file has every platform package that its packages name, or npm ci fails in a fresh clone', async () => {
  const packages = await lockedPackages();
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) =>
        !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    ),
  );
  expect(missing).toEqual([]);
});

test.each(['scripts/ensure.mjs', '.ci/run', 'Dockerfile'])(
  'T50: %s installs without running the scripts of packages',
  async (file) => {
    const text = await read(file);
    const installs = text.match(/^.*(?:npm ci --|'ci',).*$/gm) ?? [];
    expect(installs.length).toBeGreaterThan(0);
    for (const line of installs) expect(line).toContain('--ignore-scripts');
  },
);
