/** Bold letters, for a terminal that wants them (https://no-color.org). */
import type { Io } from './context.ts';

export type Style = (text: string) => string;

/** For words on standard output. Elsewhere than at a terminal, and with NO_COLOR, it changes nothing. */
export function boldOf({ columns, env }: Pick<Io, 'columns' | 'env'>): Style {
  const plain = columns === undefined || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return plain ? (text) => text : (text) => `\u001B[1m${text}\u001B[22m`;
}
