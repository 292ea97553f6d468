/** What the process ends with; docs/cli.md has the list. The large ones are those of sysexits.h. */
export const EXIT = {
  ok: 0,
  /** The server or the store said no, or something was found to be wrong. */
  failed: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** EX_UNAVAILABLE: no server answers, or it cannot reach its data. */
  unavailable: 69,
  /** EX_NOPERM: the token is not good, or not good enough. */
  notAllowed: 77,
  /** EX_CONFIG: the settings or the directory file cannot be used. */
  configuration: 78,
  /** 128 and the number of SIGINT, as shells have it: Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command that cannot do what it was asked, in words for the person who asked. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}
