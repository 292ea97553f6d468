import { AppError } from '../../errors.ts';

type Fields = Record<string, unknown>;

const NAME = /^([^[\]]{1,64})((?:\[[^[\]]{0,64}\]){0,3})$/;
const MAX_FIELDS = 200;

const fields = (): Fields => Object.create(null) as Fields;

function twice(name: string): AppError {
  return new AppError('bad_request', `${name.slice(0, 40)} stands more than once`);
}

function put(into: Fields, [key = '', ...rest]: string[], value: string, name: string): void {
  const held = into[key];
  if (rest.length === 0) {
    if (held !== undefined) throw twice(name);
    into[key] = value;
  } else if (rest.length === 1 && rest[0] === '') {
    if (held !== undefined && !Array.isArray(held)) throw twice(name);
    into[key] = [...(Array.isArray(held) ? (held as unknown[]) : []), value];
  } else {
    if (held !== undefined && (typeof held !== 'object' || Array.isArray(held))) throw twice(name);
    const inner = (held as Fields | undefined) ?? fields();
    into[key] = inner;
    put(inner, rest, value, name);
  }
}

/**
 * Named values as GitLab's clients write them: `name=v`, `scopes[]=a&scopes[]=b`, `permissions[containers]=read`.
 * Objects have no prototype, so that `__proto__` is a name like any other. A value that stands twice is refused.
 *
 * @throws AppError `bad_request`
 */
export function nestFields(entries: Iterable<readonly [name: string, value: string]>): Fields {
  const result = fields();
  let count = 0;
  for (const [name, value] of entries) {
    const match = NAME.exec(name);
    if (match === null || ++count > MAX_FIELDS) {
      throw new AppError('bad_request', 'the names of the fields are malformed, or too many');
    }
    const [, first = '', brackets = ''] = match;
    const path = [first, ...brackets.split(/[[\]]+/).slice(1, -1)];
    if (brackets.endsWith('[]')) path.push('');
    put(result, path, value, name);
  }
  return result;
}

/**
 * A query or an application/x-www-form-urlencoded body.
 *
 * @throws AppError `bad_request`
 */
export const decodeForm = (encoded: string): Fields => nestFields(new URLSearchParams(encoded));
