import { createLog, type Logger } from '../../src/log.ts';

export type LogLine = Readonly<Record<string, unknown>>;

export interface LogLines {
  readonly log: Logger;
  /** Every line as it was written. */
  text(): string;
  lines(message?: string): readonly LogLine[];
  clear(): void;
}

/** A real logger at level debug whose lines stay in memory. */
export function logLines(): LogLines {
  let written = '';
  const log = createLog({ level: 'debug' }, { write: (line) => void (written += line) });
  const all = (): LogLine[] =>
    written
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine);
  return {
    log,
    text: () => written,
    lines: (message) => all().filter((line) => message === undefined || line['msg'] === message),
    clear: () => {
      written = '';
    },
  };
}
