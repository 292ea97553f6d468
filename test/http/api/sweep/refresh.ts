import { tokenOf, withFreshToken } from './callers.ts';
import { sourceOf, type Cell } from './cells.ts';
import type { Place } from './places.ts';
import type { Scene } from './scene.ts';

/** A user, or a token, that only this cell touches. */
async function freshIds(scene: Scene, { path, place, caller }: Cell, n: number): Promise<Place> {
  if (path.startsWith('/users/:id') && place.name === 'another user') {
    const { id } = await scene.world.user(`passer-by-${n}`);
    return { ...place, ids: { '/users/:id': id } };
  }
  if (path.startsWith('/personal_access_tokens/:id')) {
    const own = place.name === 'a token of their own';
    const holder = own ? caller.person : scene.people.guinea;
    const { id } = await tokenOf(scene.world, holder, ['read_registry']);
    return { ...place, ids: { '/personal_access_tokens/:id': id } };
  }
  return place;
}

let users = 0;

/** The cells on things of their own, so that none finds what another has left. */
export async function refresh(scene: Scene, cells: readonly Cell[]): Promise<readonly Cell[]> {
  const reaches = cells.filter((cell) => sourceOf(cell.path, cell.expectation) !== null);
  const places = await scene.fresh(reaches.length, cells[0]?.path ?? '');
  const fresh: Cell[] = [];
  let next = 0;
  for (const cell of cells) {
    const inPlace = sourceOf(cell.path, cell.expectation) !== null;
    const place = inPlace ? places[next++] : await freshIds(scene, cell, ++users);
    if (place === undefined) throw new Error('too few fresh places');
    const caller = cell.expectation.spends
      ? await withFreshToken(scene.world, cell.caller)
      : cell.caller;
    fresh.push({ ...cell, place, caller });
  }
  return fresh;
}
