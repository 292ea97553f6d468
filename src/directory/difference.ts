/** What came, went and changed between two lists of objects that have keys. */
export interface Difference<T> {
  readonly gone: readonly T[];
  readonly added: readonly T[];
  readonly changed: readonly { readonly from: T; readonly to: T }[];
}

/** @param ends says of a current object that it ends in any case; where it is wanted, it begins anew */
export function difference<T extends object>(
  current: readonly T[],
  wanted: readonly T[],
  keyOf: (item: T) => string,
  ends: (item: T) => boolean = () => false,
): Difference<T> {
  const lasting = current.filter((item) => !ends(item));
  const before = new Map(lasting.map((item) => [keyOf(item), item]));
  const after = new Map(wanted.map((item) => [keyOf(item), item]));
  return {
    gone: current.filter((item) => ends(item) || !after.has(keyOf(item))),
    added: wanted.filter((item) => !before.has(keyOf(item))),
    changed: wanted.flatMap((to) => {
      const from = before.get(keyOf(to));
      return from === undefined || Object.keys(changedFields(from, to)).length === 0
        ? []
        : [{ from, to }];
    }),
  };
}

/** Parts of the key itself, which two objects with the same key may still spell differently. */
const KEY_FIELDS = new Set([
  'username',
  'fullPath',
  'source',
  'target',
  'project',
  'rule',
  'pattern',
]);

/** The fields of `to` that are not as in `from`. */
export function changedFields<T extends object>(from: T, to: T): Partial<T> {
  const entries = Object.entries(to).filter(
    ([field, value]) =>
      !KEY_FIELDS.has(field) && comparable(value) !== comparable(from[field as keyof T]),
  );
  return Object.fromEntries(entries) as Partial<T>;
}

/** Lists stand for sets here, so their order says nothing. */
function comparable(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? value.map(String).toSorted() : value);
}
