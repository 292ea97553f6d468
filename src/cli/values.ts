/** Readers of option values; what they refuse is a usage error. */
import { InvalidArgumentError } from 'commander';
import { didYouMean } from '../settings/suggest.ts';

export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

/** GitLab's access levels, as the API has them. */
const ROLES = [
  ['guest', 10],
  ['planner', 15],
  ['reporter', 20],
  ['developer', 30],
  ['maintainer', 40],
  ['owner', 50],
] as const;

/** A role's name, or GitLab's number for it. */
export function accessLevel(text: string): number {
  const role = ROLES.find(([name, level]) => name === text.toLowerCase() || String(level) === text);
  if (role !== undefined) return role[1];
  const names = ROLES.map(([name]) => name);
  throw new InvalidArgumentError(`It must be ${names.join(', ')}${didYouMean(text, names) || '.'}`);
}

export function roleName(level: number): string {
  return ROLES.find((role) => role[1] === level)?.[0] ?? String(level);
}

/** `--scope a --scope b` and `--scope a,b` are the same. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(',').map((part) => part.trim())];
}

export function moment(text: string): string {
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError('It must be a date such as 2027-01-31 or 2027-01-31T12:00:00Z.');
}

/** The options that were given, as fields of a request; commander leaves the others undefined. */
export function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** What was given, as a query with its question mark; '' where nothing was. */
export function queryOf(
  fields: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const pairs = Object.entries(given(fields)).map(([name, value]) => [name, String(value)]);
  const query = new URLSearchParams(pairs as [string, string][]).toString();
  return query === '' ? '' : `?${query}`;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `90s`, `30m`, `12h`, `7d` or `2w`; a bare number is seconds. In seconds. */
export function duration(text: string): number {
  const [, number = '', unit = 's'] = /^(\d{1,9})([smhdw])?$/.exec(text) ?? [];
  if (number !== '') return Number(number) * (SECONDS[unit] ?? 1);
  throw new InvalidArgumentError('It must be a time such as 30m, 12h or 7d.');
}
