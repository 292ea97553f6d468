import { expect, test } from '@jest/globals';
import type { Subject } from '../contract.ts';
import { apply, makeGroup, makeProject, makeUser, NOW } from '../fixtures.ts';
import { asList, byKeyset, checkLists, type Query } from '../list-checks.ts';

export function listContract(subject: Subject): void {
  test.each([1, 2])('a list is what looking at every record says (directory %i)', async (seed) => {
    const { store } = subject;
    await checkLists({ seed, numRuns: 4 }, store, async () => store.directory);
  });

  test('what comes in between two pages neither repeats a record nor hides one', async () => {
    const { store } = subject;
    await apply(store, makeGroup('acme'));
    const start = ['b', 'd', 'f', 'h'].map((path) => makeProject(`acme/${path}`, { name: path }));
    const old = await store.directory.apply(start, NOW);
    for (const by of ['id', 'name', 'path']) {
      for (const descending of [false, true]) {
        const query = { order: { by, descending } } as Query;
        let next = 0;
        const add = async () => {
          const path = `${by[0]}${descending ? 'z' : 'a'}${next++}`;
          if (next < 4) await apply(store, makeProject(`acme/${path}`, { name: path }));
        };
        const seen = (await byKeyset(asList(store.directory.projects), query, 2, add)).flat();
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.filter((id) => old.includes(id))).toEqual(descending ? old.toReversed() : old);
      }
    }
  });

  test('a position is one in the list also when its record is gone', async () => {
    const { store } = subject;
    await apply(store, ...['ann', 'bob', 'cid'].map((name) => makeUser(name, { name })));
    const order = { by: 'name', descending: false } as const;
    const first = await store.directory.users({ offset: 0, limit: 2, order });
    await apply(store, { kind: 'user.delete', user: 'bob' });
    const after = first.next ?? undefined;
    const second = await store.directory.users({ offset: 0, limit: 2, order, after });
    expect(second.items.map(({ username }) => username)).toEqual(['cid']);
  });
}
