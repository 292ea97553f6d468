/** Turns zod's findings into sentences for the person who wrote the file. */
import type { z } from 'zod';
import type { Outline, Path } from './outline.ts';
import { renamed } from './renamed.ts';
import { didYouMean } from './suggest.ts';

export interface Finding {
  readonly path: Path;
  readonly text: string;
}

type Issue = z.core.$ZodIssue;

/** What zod says of a union that was given no message of its own. */
const NO_MESSAGE = 'Invalid input';

/** One finding for each thing that is wrong; `value` is what was checked, to say what stands there now. */
export function explainIssue(issue: Issue, value: unknown, known: Outline): Finding[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code === 'unrecognized_keys') {
    const names = known.namesUnder(path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      text: `unknown key${nowCalled([...path, key]) ?? didYouMean(key, names)}`,
    }));
  }
  const found = valueAt(value, path);
  const needed = issue.code === 'invalid_type' || issue.code === 'invalid_value';
  if (needed && found === undefined) return [{ path, text: 'is missing' }];
  if (issue.code === 'invalid_union' && issue.message === NO_MESSAGE) {
    const meant = issue.errors.find((branch) => !branch.some((each) => isOtherType(each, found)));
    if (meant !== undefined) {
      return meant.flatMap((each) =>
        explainIssue({ ...each, path: [...issue.path, ...each.path] }, value, known),
      );
    }
  }
  const hidden = issue.code === 'invalid_key' || known.isSecret(path) || mayHoldSecret(found);
  const shown = hidden ? '' : `, but is ${show(found)}`;
  return [{ path, text: `${sentence(issue)}${shown}${suggestion(issue, found)}` }];
}

function nowCalled(path: Path): string | null {
  const name = renamed(path);
  return name === null ? null : `; it is called ${name} now`;
}

function sentence(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeName(issue)}`;
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `must ${bound(issue.origin, 'at least', Number(issue.minimum))}`;
    case 'too_big':
      return `must ${bound(issue.origin, 'at most', Number(issue.maximum))}`;
    case 'invalid_key':
      return `the name ${issue.issues.map(sentence).join(', ')}`;
    case 'invalid_union':
      return issue.message === NO_MESSAGE
        ? issue.errors.map((branch) => branch.slice(0, 1).map(sentence).join('')).join(' or ')
        : issue.message;
    default:
      return issue.message;
  }
}

/** True where an alternative of a union was not what the writer had in mind: it is of another type altogether. */
function isOtherType(issue: Issue, found: unknown): boolean {
  if (issue.path.length > 0) return false;
  const wantsText = issue.code === 'invalid_value' && typeof found !== 'string';
  return issue.code === 'invalid_type' || wantsText;
}

function typeName(issue: z.core.$ZodIssueInvalidType): string {
  switch (issue.expected) {
    case 'number':
    case 'int':
      return 'a whole number';
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'a text';
    case 'array':
      return 'a list';
    case 'object':
    case 'record':
      return 'a mapping of keys';
    default:
      return String(issue.expected);
  }
}

function bound(origin: string, word: string, limit: number): string {
  const many = limit === 1 ? '' : 's';
  if (origin === 'string') return `have ${word} ${limit} character${many}`;
  if (origin === 'array') return `have ${word} ${limit} entr${limit === 1 ? 'y' : 'ies'}`;
  return `be ${word} ${limit}`;
}

function suggestion(issue: Issue, found: unknown): string {
  if (issue.code !== 'invalid_value' || typeof found !== 'string') return '';
  return didYouMean(found, issue.values.map(String));
}

function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) {
      return undefined;
    }
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}

/** Whole sections are not shown, nor URLs with a password. */
function mayHoldSecret(found: unknown): boolean {
  if (typeof found === 'string') return /\/\/[^/]*@/.test(found);
  return typeof found === 'object' && found !== null;
}

function show(found: unknown): string {
  if (found === null) return 'empty';
  const text = JSON.stringify(found) ?? typeof found;
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}
