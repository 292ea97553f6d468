/** What users, groups and projects have in common: each is known by a path that nothing else has. */
import { refuseOther, same, type BulkNames, type Put } from './bulk-names.ts';
import type { Value } from './database.ts';

export interface PathParts<Entry, Before> {
  readonly kind: 'user' | 'group' | 'project';
  /** The path in the spelling by which it is found. */
  keyOf(entry: Entry): string;
  create(entry: Entry, key: string, now: number): void;
  read(id: number): Before | undefined;
  /** What the columns of `update` are to hold. What the entry leaves open stays as it was. */
  valuesOf(entry: Entry, before: Before): readonly Value[];
  /** What they hold. */
  valuesBefore(before: Before): readonly Value[];
  update(id: number, values: readonly Value[]): void;
}

export function createPutByPath<Entry, Before>(
  names: BulkNames,
  parts: PathParts<Entry, Before>,
): Put<Entry> {
  const { kind } = parts;
  return (entry, now) => {
    const key = parts.keyOf(entry);
    const found = names.route(key);
    if (found === null) {
      parts.create(entry, key, now);
      return 'created';
    }
    refuseOther(key, found, kind);
    const before = parts.read(found.id);
    if (before === undefined) throw new Error(`a route leads to a ${kind} that is gone`);
    const wanted = parts.valuesOf(entry, before);
    if (same(wanted, parts.valuesBefore(before))) return 'unchanged';
    parts.update(found.id, wanted);
    return 'updated';
  };
}

export const orNone = <Row, Record>(
  row: Row | undefined,
  toRecord: (row: Row) => Record,
): Record | undefined => (row === undefined ? undefined : toRecord(row));
