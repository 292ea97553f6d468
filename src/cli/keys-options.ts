/** Options that several `keys` commands have. */
import { InvalidArgumentError, Option } from 'commander';

/** What `serviceOption` gives. */
export interface ServiceOption {
  readonly service?: string;
}

export function serviceOption(): Option {
  return new Option(
    '--service <name>',
    'the keys that sign for this service; default: those that are shared',
  );
}

export function wholeSeconds(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of seconds.');
}
