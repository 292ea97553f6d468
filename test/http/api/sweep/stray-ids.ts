/** Ids that are good, but of something else than the path says: each must look like an id of nothing. */
import { expect, test } from '@jest/globals';
import type { Caller } from './callers.ts';
import { isGrant, type Cell, type RouteName } from './cells.ts';
import { each } from './client.ts';
import { casesOf } from './expectations.ts';
import type { Place } from './places.ts';
import { nameOf, runCell, type Answered } from './run-cell.ts';
import type { Scene } from './scene.ts';

const CALLERS = ['administrator', 'Owner of the group', 'Maintainer with create_job alone'];

/** Of the last parameters of a path: what it is an id of, and where else there is one of those. */
function strays(scene: Scene, key: string): readonly (readonly [string, number])[] {
  const { home, sibling, hidden } = scene.places;
  const of = (place: Place, what: string) => place.ids[what] ?? 0;
  if (key.endsWith('/:user_id')) return [['a user who is no member', scene.people.loner.id]];
  if (key.endsWith('/:target_id')) {
    const what = key.includes('groups_allowlist') ? '/groups/:id' : '/projects/:id';
    return [
      ['one of the same tenant that is not on the list', of(sibling, what)],
      ['one of the other tenant', of(hidden, what)],
    ];
  }
  const other = key.startsWith('/projects')
    ? key.replace('/projects', '/groups')
    : key.replace('/groups', '/projects');
  const twin = home.ids[other];
  return [
    ['one of another place of the same tenant', of(sibling, key)],
    ['one of the other tenant', of(hidden, key)],
    ...(twin === undefined ? [] : [['one of the group instead of the project', twin] as const]),
  ];
}

const parameters = (path: string): string[] =>
  [...path.matchAll(/\/:\w+/g)].map(({ index, 0: text }) => path.slice(0, index + text.length));

/** Cells of a stray id each, with the cell that names nothing at all. */
function pairs(scene: Scene, name: RouteName, caller: Caller) {
  const { home, nothing } = scene.places;
  return casesOf(`${name.method} ${name.path}`).flatMap((expectation) =>
    parameters(name.path)
      .slice(1)
      .flatMap((key) => {
        const cell = (what: string, id: number): Cell => ({
          ...name,
          expectation,
          caller,
          place: { ...home, name: `${key} is ${what}`, ids: { ...home.ids, [key]: id } },
          verdict: 404,
        });
        const missing = cell('one of nothing', nothing.ids[key] ?? 999_999_999);
        return strays(scene, key).map(([what, id]) => ({ stray: cell(what, id), missing }));
      }),
  );
}

/** An answer may say an id back. */
const withoutIds = ({ got, cell }: Answered): string => {
  const ids = new RegExp(`\\b(${Object.values(cell.place.ids).join('|')})\\b`, 'g');
  return `${got.status} ${got.text.replace(ids, '…')}`;
};

/** @returns true where the path has an id within a project or group */
export const hasInnerIds = ({ path }: RouteName): boolean =>
  /^\/(projects|groups)\/:id\/.*:/.test(path);

export function strayIds(scene: () => Scene, name: RouteName): void {
  test('T43: an id of something else is an id of nothing', async () => {
    const callers = scene().callers.filter((caller) => CALLERS.includes(caller.name));
    const all = callers.flatMap((caller) => pairs(scene(), name, caller));
    const told = await each(all, async ({ stray, missing }) => {
      const there = await runCell(scene(), stray);
      const nowhere = await runCell(scene(), missing);
      const refused = there.got.status === 404 || there.got.status === 403;
      if (refused && withoutIds(there) === withoutIds(nowhere)) return null;
      const { status, text } = there.got;
      return `${nameOf(stray)}: ${stray.caller.name}, ${stray.place.name} → as ${nowhere.got.status} ${nowhere.got.text}, got ${status} ${text}`;
    });
    expect(all.every(({ stray }) => !isGrant(stray))).toBe(true);
    expect(told.filter((fault) => fault !== null)).toEqual([]);
  });
}
