/**
 * Tells scripts/test.mjs how the run went, for the line `Tests: N passed, M failed, K skipped` that ends it. A file that
 * could not even be loaded counts as a failed test, and a run in which no test ran is a failed run.
 */
export default class ClosingLineReporter {
  counts = { passed: 0, failed: 0, skipped: 0 };

  onRunComplete(_contexts, results) {
    this.counts = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
    process.send?.(this.counts);
  }

  getLastError() {
    const { passed, failed } = this.counts;
    return passed + failed === 0 ? new Error('No test ran.') : undefined;
  }
}
