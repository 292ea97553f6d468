const MAX_LENGTH = 255;
const MAX_COMPONENTS = 19;

const isAlphanumeric = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);

/** The index after the separator that starts at `at` (`.`, `_`, `__` or a run of `-`), or -1 if there is none. */
function afterSeparator(text: string, at: number): number {
  switch (text[at]) {
    case '.':
      return at + 1;
    case '_':
      return text[at + 1] === '_' ? at + 2 : at + 1;
    case '-': {
      let end = at;
      while (text[end] === '-') end++;
      return end;
    }
    default:
      return -1;
  }
}

/**
 * True for a repository name as registries take it (Distribution, "reference" grammar, without a host part): two to
 * nineteen components of lower-case letters and digits, joined inside by `.`, `_`, `__` or dashes. One pass over the
 * text: the grammar as a regular expression takes exponential time on hostile names.
 */
export function isRepositoryName(name: string): boolean {
  if (name.length > MAX_LENGTH) return false;
  let components = 1;
  let at = 0;
  for (;;) {
    const start = at;
    while (at < name.length && isAlphanumeric(name.charCodeAt(at))) at++;
    if (at === start) return false;
    if (at === name.length) return components >= 2 && components <= MAX_COMPONENTS;
    if (name[at] === '/') {
      components++;
      at++;
      continue;
    }
    at = afterSeparator(name, at);
    if (at === -1) return false;
  }
}
