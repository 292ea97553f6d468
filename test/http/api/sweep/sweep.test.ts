/**
 * Every route × every caller × every kind of place: what comes back is what a person wrote down in `expect-*.ts`, from
 * GitLab's rules. The cells come from the list of routes, so a new route fails here until its rule is written.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { API_ROUTES } from '../../../../src/http/api/routes.ts';
import { grantsOf, refusalsOf, sourceOf } from './cells.ts';
import { each } from './client.ts';
import { EXPECTATIONS } from './expectations.ts';
import { forbiddenFields } from './forbidden-fields.ts';
import { jobTokens } from './job-tokens.ts';
import { lists } from './lists.ts';
import { memberships } from './memberships.ts';
import { sees } from './people.ts';
import { references } from './references.ts';
import { refresh } from './refresh.ts';
import { faultOf, nameOf, runCell, wholeOf, type Answered } from './run-cell.ts';
import { openScene, type Scene } from './scene.ts';
import { stateOf } from './state.ts';
import { hasInnerIds, strayIds } from './stray-ids.ts';
import { tokenScopes } from './token-scopes.ts';

let scene: Scene;
let before: string;
beforeAll(async () => {
  // Each refusal is an error that is thrown, and thousands of stack traces take seconds.
  Error.stackTraceLimit = 0;
  scene = await openScene();
  before = await stateOf(scene);
});
afterAll(() => scene.close());

const routes = API_ROUTES.map(({ method, path }) => {
  const name = { method: method.toUpperCase(), path };
  return [`${name.method} ${path}`, name] as const;
});

const faultsIn = (answers: readonly Answered[]) =>
  answers.map(faultOf).filter((fault) => fault !== null);

test('each route has an entry, and each entry a route', () => {
  expect(Object.keys(EXPECTATIONS).toSorted()).toEqual(routes.map(([name]) => name).toSorted());
});

const whole = ({ got, cell }: Answered): string => wholeOf({ got, place: cell.place });

/** Pairs of answers for what a caller may not see and for what does not exist. */
function apart(answers: readonly Answered[]): readonly string[] {
  const { hidden, nothing, hiddenByPath, nothingByPath } = scene.places;
  const nowhere = new Map([
    [hidden, nothing],
    [hiddenByPath, nothingByPath],
  ]);
  const told: string[] = [];
  for (const there of answers.filter(({ cell }) => nowhere.has(cell.place))) {
    const { caller, path, expectation } = there.cell;
    const source = sourceOf(path, expectation);
    if (source === null || sees(caller.person, there.cell.place, source)) continue;
    const missing = answers.find(
      ({ cell }) =>
        cell.place === nowhere.get(there.cell.place) &&
        cell.caller === caller &&
        cell.expectation === expectation,
    );
    if (missing === undefined || whole(there) !== whole(missing)) {
      told.push(
        `${nameOf(there.cell)}: ${caller.name} can tell what is hidden from what is not there`,
      );
    }
  }
  return told;
}

describe.each(routes)('%s', (_name, name) => {
  test('T43: refuses whom it must, and tells nothing of what they may not see', async () => {
    const answers = await each(refusalsOf(scene, name), (cell) => runCell(scene, cell));
    expect(answers.length).toBeGreaterThan(0);
    expect([...faultsIn(answers), ...apart(answers)]).toEqual([]);
  });
});

describe.each(routes.filter(([, name]) => hasInnerIds(name)))('%s', (_name, name) => {
  strayIds(() => scene, name);
});

describe.each(routes)('%s', (_name, name) => forbiddenFields(() => scene, name));

references(() => scene);
lists(() => scene);

test('T43: nothing of all that was refused has changed anything', async () => {
  expect(await stateOf(scene)).toBe(before);
});

describe.each(routes.filter(([, { method }]) => method !== 'GET'))('%s', (_name, name) => {
  test('does it for those who may', async () => {
    const cells = await refresh(scene, grantsOf(scene, name));
    const answers = await each(cells, (cell) => runCell(scene, cell));
    expect(faultsIn(answers)).toEqual([]);
  });
});

tokenScopes(() => scene);
memberships(() => scene);
jobTokens(() => scene);
