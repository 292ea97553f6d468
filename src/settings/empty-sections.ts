import type { Outline, Path } from './outline.ts';

/**
 * The tree with `{}` where a section has nothing under it: `token:` with every key commented out is an empty section,
 * not an empty value.
 */
export function fillEmptySections(value: unknown, known: Outline, path: Path = []): unknown {
  if (value === null && known.isSection(path)) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      fillEmptySections(child, known, [...path, key]),
    ]),
  );
}
