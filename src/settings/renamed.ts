/** Keys that earlier versions had, and what they are called now. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['token.pull_ttl', 'token.ttl.pull'],
  ['token.push_ttl', 'token.ttl.push'],
]);

/** The path that a key of an earlier version has now; null where the version never had it. */
export function renamed(path: readonly (string | number)[]): string | null {
  return RENAMED.get(path.join('.')) ?? null;
}

/** The path now of a key of an earlier version whose environment variable is called so; null where there is none. */
export function renamedVariable(
  variable: string,
  nameOf: (path: readonly string[]) => string,
): string | null {
  for (const [before, now] of RENAMED) if (nameOf(before.split('.')) === variable) return now;
  return null;
}
