/**
 * Jest runs the TypeScript sources as ES modules, transformed by swc (types are checked by `npm run check`). Suites that
 * start many servers or take minutes are named *.system.test.ts: WHARFPASS_TESTS chooses `system` for them, or `all`.
 * `compat` is the matrix of clients and registries, *.compat.test.ts, which is in none of the others.
 */
const chosen = process.env.WHARFPASS_TESTS ?? 'quick';
const patterns = {
  quick: '*.test.ts',
  system: '*.system.test.ts',
  all: '*.test.ts',
  compat: '*.compat.test.ts',
};
const ignored = {
  quick: ['\\.system\\.test\\.ts$', '\\.compat\\.test\\.ts$'],
  all: ['\\.compat\\.test\\.ts$'],
};

export default {
  testEnvironment: 'node',
  testMatch: [`<rootDir>/test/**/${patterns[chosen]}`],
  testPathIgnorePatterns: ignored[chosen] ?? [],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/data', '<rootDir>/\\.cache'],
  reporters: ['default', '<rootDir>/test/support/closing-line-reporter.mjs'],
  // Suites start servers and registries of their own; more of them at once only get in each other's way.
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  // Modules of suites that are over are never let go of, and a full heap is slow: then a worker begins anew.
  workerIdleMemoryLimit: '600MB',
  testTimeout: 20_000,
};
