import { expect, test } from '@jest/globals';
import { join } from 'node:path';
import { root } from '../support/built.ts';

interface Reporter {
  readonly counts: { passed: number; failed: number; skipped: number };
  onRunComplete(contexts: unknown, results: Record<string, number>): void;
  getLastError(): Error | undefined;
}

test('a file that does not load counts as failed, and a run of nothing is an error', async () => {
  const file = join(root, 'test/support/closing-line-reporter.mjs');
  const { default: ClosingLineReporter } = (await import(file)) as { default: new () => Reporter };
  const reporter = new ClosingLineReporter();
  expect(reporter.getLastError()).toBeInstanceOf(Error);
  const results = { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 1 };
  reporter.onRunComplete(undefined, { ...results, numPendingTests: 2, numTodoTests: 1 });
  expect(reporter.getLastError()).toBeUndefined();
  expect(reporter.counts).toEqual({ passed: 0, failed: 1, skipped: 3 });
});
