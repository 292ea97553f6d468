import type { Database } from './database.ts';
import { isCorrupt } from './sqlite-error.ts';

/** Checks pages, indexes, constraints and references of the whole file (https://sqlite.org/pragma.html). */
export function findDamage(db: Database): readonly string[] {
  try {
    const pages = db.prepare<[string]>('PRAGMA integrity_check').all();
    const damage = pages.map(([line]) => line).filter((line) => line !== 'ok');
    if (damage.length > 0) return damage;
    const dangling = db.prepare<[string, number]>('PRAGMA foreign_key_check').all();
    return dangling.map(([table, row]) => `row ${row} of ${table} refers to nothing`);
  } catch (error) {
    if (isCorrupt(error)) return [(error as Error).message];
    throw error;
  }
}
