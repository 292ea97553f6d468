/** One thing that is wrong in a file or an environment variable, for the person who wrote it. */
export interface Problem {
  /** `file:line`, or the name of an environment variable. */
  readonly where: string;
  /** The key's path, joined by dots; '' where the trouble is with the whole. */
  readonly key: string;
  /** What is wrong and what would be right; never a secret's text. */
  readonly text: string;
}

export function printProblem({ where, key, text }: Problem): string {
  return key === '' ? `${where}: ${text}` : `${where}: ${key}: ${text}`;
}

/** What an operator wrote cannot be used. Holds every problem that was found; the message has one a line. */
export class ConfigurationError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(printProblem).join('\n'));
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}
