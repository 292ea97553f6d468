/**
 * True if `text` matches a glob in which `*` stands for any run of characters, `/` included, without regard to case
 * (GitLab's protection patterns). Only the last `*` is ever tried again, so the
 * time is bounded by the product of the lengths.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const glob = pattern.toLowerCase();
  const input = text.toLowerCase();
  let g = 0;
  let i = 0;
  let star = -1;
  let resume = 0;
  while (i < input.length) {
    if (glob[g] === '*') {
      star = g++;
      resume = i;
    } else if (glob[g] === input[i]) {
      g++;
      i++;
    } else if (star !== -1) {
      g = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}

/** The same glob as an anchored RE2 expression, for registries that enforce tag rules themselves. */
export function globToRegex(pattern: string): string {
  return `^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`;
}
