/** Lists of a store in which few is very few, so that every way of finding records is gone. */
import { expect, test } from '@jest/globals';
import path from 'node:path';
import { openDatabase } from '../../../../src/store/embedded/database.ts';
import { createLists } from '../../../../src/store/embedded/listing/lists.ts';
import { createRead } from '../../../../src/store/embedded/reader.ts';
import { join, makeGroup, makeProject, makeUser, NOW } from '../../fixtures.ts';
import { asList, byKeyset, checkLists, type Query } from '../../list-checks.ts';
import { useWorkplace } from '../support.ts';

const { folder, open } = useWorkplace();

test.each([
  [1, 0],
  [2, 0],
  [3, 1],
  [4, 2],
  [5, 4],
])('a list is what looking at every record says (directory %i, few is %i)', async (seed, few) => {
  const dataDir = folder();
  const store = await open(dataDir);
  const db = openDatabase(path.join(dataDir, 'wharfpass.db'));
  const sizes = { few, fewGroups: few * 2, window: { least: 1, largest: 3 } };
  try {
    await checkLists({ seed, numRuns: 12 }, store, async () =>
      createLists(db, createRead(db), sizes),
    );
  } finally {
    db.close();
  }
});

test.each([{}, { archived: false }])(
  'projects of groups that have many, with %j',
  async (filter) => {
    const dataDir = folder();
    const store = await open(dataDir);
    const groups = ['a', 'b', 'c', 'd'];
    // Neighbours in one group, and then one of each.
    const places = [
      ...groups.flatMap((group) => Array<string>(12).fill(group)),
      ...groups,
      ...groups,
    ];
    const ids = await store.directory.apply(
      [
        makeUser('jane'),
        ...groups.map((group) => makeGroup(group)),
        ...places.map((group, at) => makeProject(`${group}/p${at}`)),
        ...['b', 'c', 'd'].map((group) => join('group', group, 'jane', 10)),
      ],
      NOW,
    );
    const mine = ids.slice(5, 5 + places.length).filter((_, at) => places[at] !== 'a');
    const db = openDatabase(path.join(dataDir, 'wharfpass.db'));
    const sizes = { few: 5, fewGroups: 5, window: { least: 1, largest: 3 } };
    const lists = createLists(db, createRead(db), sizes);
    const query = { ...filter, visibleTo: { userId: ids[0] ?? 0, external: false, now: NOW } };
    try {
      for (const descending of [false, true]) {
        const order = { by: 'id', descending } as const;
        const expected = descending ? mine.toReversed() : mine;
        const pages = await byKeyset(
          asList(lists.projects),
          { ...query, order } as unknown as Query,
          2,
        );
        expect(pages.flat()).toEqual(expected);
        const page = { offset: 7, limit: 3, countTo: 20, order };
        const { items, total } = await lists.projects({ ...query, ...page });
        expect([items.map(({ id }) => id), total]).toEqual([expected.slice(7, 10), 20]);
      }
    } finally {
      db.close();
    }
  },
);

test('other readers get their turn while a filter finds nothing', async () => {
  const store = await open(folder());
  const projects = Array.from({ length: 5_000 }, (_, at) => makeProject(`jane/p${at}`));
  await store.directory.apply([makeUser('jane'), ...projects], NOW);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const found = await store.directory.projects({ offset: 0, limit: 20, search: 'nothing' });
  clearInterval(timer);
  expect(found).toEqual({ items: [], total: 0, next: null });
  expect(turns).toBeGreaterThan(0);
});
