/** How SQLite goes about lists: never over all of a table, and without sorting what an index has in order. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Statement, Value } from '../../../../src/store/embedded/database.ts';
import { openDatabase, type Database } from '../../../../src/store/embedded/database.ts';
import { createLists } from '../../../../src/store/embedded/listing/lists.ts';
import { migrate } from '../../../../src/store/embedded/migrate.ts';
import { createRead } from '../../../../src/store/embedded/reader.ts';
import type { GroupQuery, ProjectQuery } from '../../../../src/store/listing.ts';
import { NOW } from '../../fixtures.ts';

let db: Database;
/** What was prepared and run since the beginning of a case, with the plan of each. */
let plans: { readonly sql: string; readonly steps: readonly string[] }[] = [];

const explained = (inner: Database): Database => ({
  ...inner,
  prepare: <Row extends readonly unknown[]>(sql: string) => {
    const statement: Statement<Row> = inner.prepare<Row>(sql);
    const explain = inner.prepare<[number, number, number, string]>(`EXPLAIN QUERY PLAN ${sql}`);
    const told =
      <T>(run: (...values: Value[]) => T) =>
      (...values: Value[]): T => {
        plans.push({ sql, steps: explain.all(...values).map(([, , , step]) => step) });
        return run(...values);
      };
    return { ...statement, all: told(statement.all), get: told(statement.get) };
  },
});

beforeAll(() => {
  db = openDatabase(':memory:');
  migrate(db, ':memory:');
  // Enough of each kind that neither few nor one window is all.
  db.exec(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
    INSERT INTO users SELECT i, 'u' || i, 'U', NULL, 'active', 0, 0, 0, NULL, 'api', ${NOW} FROM n;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
    INSERT INTO groups SELECT i, 'g' || i, 'G', CASE WHEN i % 3 = 0 THEN i / 3 END,
      CASE i % 2 WHEN 0 THEN 'public' ELSE 'private' END, 'api', ${NOW} FROM n;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
    INSERT INTO projects (id, full_path, name, group_id, visibility, registry_access, archived, jobs_enabled,
      allowlist_enabled, managed_by, created_at)
      SELECT i, 'g' || i || '/p', 'P', i, CASE i % 3 WHEN 0 THEN 'public' WHEN 1 THEN 'internal' ELSE 'private' END,
      'enabled', 0, 1, 1, 'api', ${NOW} FROM n;
    INSERT INTO members SELECT 1, NULL, id, 30, NULL, 'api', ${NOW} FROM groups WHERE id < 20;`);
});
afterAll(() => db.close());

const viewer = { userId: 1, external: false, now: NOW };
const cases: Record<string, Partial<ProjectQuery>> = {
  everything: {},
  'a search': { search: 'nothing' },
  'what a member may see': { visibleTo: viewer },
  'what an external user may see': { visibleTo: { ...viewer, external: true } },
  'what a member holds': { heldBy: { userId: 1, minimum: 30, now: NOW } },
  'what is in a group': { under: { groupId: 1, nested: false }, visibleTo: viewer },
  'what is below a group': { under: { groupId: 1, nested: true }, visibleTo: viewer },
  'what is public': { visibility: 'public', search: 'p' },
};

const orders = (['id', 'name', 'path'] as const).flatMap((by) =>
  [false, true].map((descending) => ({ by, descending })),
);

/** Tables and indexes of the directory that are gone over from end to end. */
const scans = (steps: readonly string[]): readonly string[] =>
  steps.filter((step) => /^SCAN (p|g|u|m|parent|projects|groups|users|members)\b/.test(step));

/** Sorting, but for few records whose ids are known. */
const sorts = (sql: string, steps: readonly string[]): readonly string[] =>
  /^SELECT [pgu]\.id AS id.* WHERE [pgu]\.id IN \(SELECT value FROM json_each/.test(sql)
    ? []
    : steps.filter((step) => step.includes('TEMP B-TREE FOR ORDER BY'));

describe.each([
  ['few are few', { few: 10_000, fewGroups: 10_000, window: { least: 100, largest: 2_000 } }],
  ['of groups there are few', { few: 1, fewGroups: 100, window: { least: 2, largest: 4 } }],
  ['all are many', { few: 1, fewGroups: 1, window: { least: 2, largest: 4 } }],
])('%s', (_, sizes) => {
  test.each(Object.entries(cases))('%s', async (_name, query) => {
    const lists = createLists(explained(db), createRead(db), sizes);
    for (const order of orders) {
      plans = [];
      const after = { id: 30, key: order.by === 'id' ? null : 'p' };
      const page = { offset: 0, limit: 5, countTo: 0, after };
      await lists.projects({ ...query, ...page, order });
      await lists.groups({ ...(query as GroupQuery), ...page, order });
      const by = order.by === 'path' ? 'username' : order.by;
      await lists.users({ ...page, search: query.search, order: { ...order, by } });
      expect(plans.length).toBeGreaterThan(5);
      for (const { sql, steps } of plans) {
        expect([sql, scans(steps), sorts(sql, steps)]).toEqual([sql, [], []]);
      }
    }
  });
});
