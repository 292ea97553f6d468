/** Number → state, in the order of the page. */
export function readPromises(root: string): Map<string, string>;

export interface TestName {
  readonly line: number;
  readonly name: string;
  readonly numbers: readonly string[];
}

/** The texts of a test file in which numbers stand: the names of its tests. Comments do not count. */
export function namesIn(source: string): TestName[];

/** Number → the places that carry it. */
export function readProofs(root: string): Map<string, string[]>;

/** What does not fit together, one sentence each. */
export function problemsOf(
  promises: ReadonlyMap<string, string>,
  proofs: ReadonlyMap<string, readonly string[]>,
): string[];
