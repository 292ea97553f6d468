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

/** null for text that is no scope. A name may hold colons (`host:5000/a/b`): it ends at the last one. */
function parseEntry(text: string): RequestedResource | null {
  const first = text.indexOf(':');
  const last = text.lastIndexOf(':');
  if (first === -1 || first === last) return null;
  const type = typeOf(text.slice(0, first));
  const name = text.slice(first + 1, last);
  const actions = text
    .slice(last + 1)
    .split(',', MAX_ACTIONS + 1)
    .filter((a) => ACTION.test(a));
  if (!TYPE.test(type) || name.length > MAX_NAME) return null;
  if (actions.length === 0 || actions.length > MAX_ACTIONS) return null;
  return { type, name, actions };
}

/**
 * The resources asked for, one entry for each (type, name), in the order of first mention. Text that is no scope is left
 * out: it asks for nothing, and the rest of the request is none the worse.
 *
 * @param parameters the values of all `scope` parameters, decoded once
 * @throws AppError `bad_request` for more than 100 entries
 */
export function parseScopes(parameters: readonly string[]): readonly RequestedResource[] {
  const merged = new Map<string, { type: string; name: string; actions: Set<string> }>();
  let entries = 0;
  for (const text of parameters.flatMap((value) => value.split(' ', MAX_ENTRIES * 2 + 1))) {
    if (text === '') continue;
    if (++entries > MAX_ENTRIES) {
      throw new AppError('bad_request', `The request asks for more than ${MAX_ENTRIES} scopes.`);
    }
    const entry = parseEntry(text);
    if (entry === null) continue;
    const key = `${entry.type}:${entry.name}`;
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { ...entry, actions: new Set(entry.actions) });
    else for (const action of entry.actions) known.actions.add(action);
  }
  return [...merged.values()].map(({ type, name, actions }) => ({
    type,
    name,
    actions: [...actions],
  }));
}

/** The space-separated form of what was granted (RFC 6749, section 5.1). */
export function printScopes(resources: readonly RequestedResource[]): string {
  return resources
    .map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`)
    .join(' ');
}
