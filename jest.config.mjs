/** Jest runs the TypeScript sources as ES modules, transformed by swc (types are checked by `npm run check`). */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
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
  testTimeout: 20_000,
};
