/** The cells of the sweep: who calls what where, and what has to come back. */
import type { Caller } from './callers.ts';
import { casesOf } from './expectations.ts';
import type { Expectation, Source, Verdict } from './expectation.ts';
import type { Place } from './places.ts';
import type { Scene } from './scene.ts';

export interface RouteName {
  /** `GET`. */
  readonly method: string;
  readonly path: string;
}

export interface Cell extends RouteName {
  readonly expectation: Expectation;
  readonly caller: Caller;
  readonly place: Place;
  /** `scope`: 403, for the scopes of the token. */
  readonly verdict: Verdict | 'scope';
}

/** Routes to which the tokens of jobs and of CI systems lead. */
const TO_JOBS = /\/jobs(\/|$)|explain$/;

export function sourceOf(path: string, { at }: Expectation): Source | null {
  if (path.startsWith('/projects/:id')) return 'project';
  if (path.startsWith('/groups/:id')) return 'group';
  return at ?? null;
}

const changes = ({ method }: RouteName, expectation: Expectation): boolean =>
  expectation.changes ?? method !== 'GET';

/** Fulfilled, and something is different then. */
export const isGrant = (cell: Cell): boolean =>
  cell.verdict === 'ok' && changes(cell, cell.expectation);

function verdictOf(
  { method }: RouteName,
  expectation: Expectation,
  caller: Caller,
  place: Place,
): Cell['verdict'] {
  const { who, jobs, jobsOnly = false } = expectation;
  if (caller.kind === 'nobody') return 401;
  if (caller.kind === 'job') return jobs === undefined ? 401 : jobs.says(caller, place);
  if (jobsOnly) return 401;
  const scopes = expectation.scopes ?? (method === 'GET' ? ['api', 'read_api'] : ['api']);
  if (scopes !== 'any' && !scopes.some((scope) => caller.scopes.includes(scope))) return 'scope';
  return who.says(caller, place);
}

const only = (place: Place, name: string, key: string, id: number): Place => ({
  ...place,
  name,
  ids: { [key]: id },
});

function placesFor(scene: Scene, path: string, source: Source | null, caller: Caller): Place[] {
  const { home, hidden, internal, open, nothing, hiddenByPath, nothingByPath } = scene.places;
  if (source !== null) {
    const goes = caller.travels === 'jobs' ? TO_JOBS.test(path) : caller.travels;
    if (caller.name === 'Owner of the group') {
      return [home, hidden, internal, open, nothing, hiddenByPath, nothingByPath];
    }
    return goes ? [home, hidden, internal, open, nothing] : [home];
  }
  const { guinea } = scene.people;
  const [root] = /^\/\w+\/:id/.exec(path) ?? [];
  if (root === undefined) return [{ ...home, name: '' }];
  const users = root === '/users/:id';
  const theirs = users ? guinea.id : (scene.spareTokens.get(guinea.id) ?? 0);
  const own = users ? caller.person.id : (scene.spareTokens.get(caller.person.id) ?? 0);
  return [
    only(home, users ? 'another user' : "somebody else's token", root, theirs),
    ...(own === 0 ? [] : [only(home, users ? 'themselves' : 'a token of their own', root, own)]),
    ...(caller.travels === true ? [only(nothing, nothing.name, root, 999_999_999)] : []),
  ];
}

export function cellsOf(scene: Scene, name: RouteName): readonly Cell[] {
  const cells: Cell[] = [];
  for (const expectation of casesOf(`${name.method} ${name.path}`)) {
    const source = sourceOf(name.path, expectation);
    for (const caller of scene.callers) {
      for (const place of placesFor(scene, name.path, source, caller)) {
        const verdict = verdictOf(name, expectation, caller, place);
        cells.push({ ...name, expectation, caller, place, verdict });
      }
    }
  }
  return cells;
}

/** What is granted at home is granted by the same rule elsewhere, and is tried at home alone, on something fresh. */
export const grantsOf = (scene: Scene, name: RouteName): readonly Cell[] =>
  cellsOf(scene, name).filter(
    (cell) =>
      isGrant(cell) &&
      (sourceOf(cell.path, cell.expectation) === null || cell.place === scene.places.home),
  );

export const refusalsOf = (scene: Scene, name: RouteName): readonly Cell[] =>
  cellsOf(scene, name).filter((cell) => !isGrant(cell));
