import type { z } from 'zod';
import { AppError } from '../../errors.ts';

/** Longest name of a field that is said back; whoever mixes up name and value must not read a secret in a log. */
const MAX_NAME = 40;
const MAX_PROBLEMS = 10;

const printable = (name: PropertyKey): string =>
  String(name)
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, MAX_NAME);

function isAbsent(input: unknown, path: readonly PropertyKey[]): boolean {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return true;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value === undefined;
}

function sentences(issue: z.core.$ZodIssue, input: unknown): string[] {
  const within = issue.path.map(printable);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${[...within, printable(key)].join('.')} is unknown here`);
  }
  if (within.length === 0) return ['the body must be an object of named values'];
  const name = within.join('.');
  if (!isAbsent(input, issue.path)) return [`${name} is invalid: ${issue.message}`];
  return [issue.code === 'custom' ? `${name} is missing: ${issue.message}` : `${name} is missing`];
}

/**
 * What the schema makes of the input. Its messages name fields and say what would be right; they never repeat a value.
 *
 * @throws AppError `bad_request` with every problem in one line, as GitLab words it
 */
export function validate(schema: z.ZodType, input: unknown): unknown {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => sentences(issue, input));
  throw new AppError('bad_request', problems.slice(0, MAX_PROBLEMS).join(', '));
}
