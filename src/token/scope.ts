/**
 * The scope parameter of a token request (Distribution, "Docker Registry Token Scope and Access"):
 * `type[(class)]:name:action[,action]*`, several of them separated by spaces or in repeated parameters.
 */
import { AppError } from '../errors.ts';
import type { RequestedResource } from '../policy/decision.ts';

const MAX_ENTRIES = 100;
const MAX_NAME = 255;
const MAX_ACTIONS = 16;
const TYPE = /^[a-z0-9]{1,32}$/;
const ACTION = /^(?:\*|[a-z]{1,32})$/;

/** `repository(plugin)` asks for what `repository` asks for: the class is deprecated and decides nothing. */
function typeOf(text: string): string {
  const open = text.indexOf('(');
  return open > 0 && text.endsWith(')') ? text.slice(0, open) : text;
}

const unique = (actions: readonly string[]): readonly string[] =>
  actions.length === 1 ? actions : [...new Set(actions)];

/** null for text that is no scope. A name may hold colons (`host:5000/a/b`): it ends at the last one. */
function parseEntry(text: string): RequestedResource | null {
  const first = text.indexOf(':');
  const last = text.lastIndexOf(':');
  if (first === -1 || first === last) return null;
  const type = typeOf(text.slice(0, first));
  const name = text.slice(first + 1, last);
  const verbs = text.slice(last + 1).split(',', MAX_ACTIONS + 1);
  if (!TYPE.test(type) || name.length > MAX_NAME || verbs.length > MAX_ACTIONS) return null;
  const actions = verbs.filter((verb) => ACTION.test(verb));
  return actions.length === 0 ? null : { type, name, actions: unique(actions) };
}

/** The texts between spaces: no more than `most`, so that a flood of them is not even cut up. */
function words(parameters: readonly string[], most: number): string[] {
  const found: string[] = [];
  for (const value of parameters) {
    let at = 0;
    while (found.length < most) {
      while (value[at] === ' ') at++;
      if (at === value.length) break;
      const space = value.indexOf(' ', at);
      const end = space === -1 ? value.length : space;
      found.push(value.slice(at, end));
      at = end;
    }
  }
  return found;
}

function merge(entries: readonly RequestedResource[]): readonly RequestedResource[] {
  const merged = new Map<string, RequestedResource>();
  for (const { type, name, actions } of entries) {
    const key = `${type}:${name}`;
    const known = merged.get(key)?.actions ?? [];
    merged.set(key, { type, name, actions: unique([...known, ...actions]) });
  }
  return [...merged.values()];
}

/**
 * The resources asked for, one entry for each (type, name), in the order of first mention. Text that is no scope is left
 * out: it asks for nothing, and the rest of the request is none the worse.
 *
 * @param parameters the values of all `scope` parameters, decoded once
 * @throws AppError `bad_request` for more than 100 entries
 */
export function parseScopes(parameters: readonly string[]): readonly RequestedResource[] {
  const texts = words(parameters, MAX_ENTRIES + 1);
  if (texts.length > MAX_ENTRIES) {
    throw new AppError('bad_request', `The request asks for more than ${MAX_ENTRIES} scopes.`);
  }
  const entries = texts.flatMap((text) => parseEntry(text) ?? []);
  return entries.length > 1 ? merge(entries) : entries;
}

/** The space-separated form of what was granted (RFC 6749, section 5.1). */
export function printScopes(resources: readonly RequestedResource[]): string {
  return resources
    .map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`)
    .join(' ');
}
