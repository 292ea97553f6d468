import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Details } from '../../src/audit/events.ts';
import { storeUnavailable } from '../../src/errors.ts';
import { createReminders, type Reminders } from '../../src/lifecycle/reminders.ts';
import { rotateDeployToken, setRotation } from '../../src/lifecycle/rotation.ts';
import type { ProjectRecord } from '../../src/store/records.ts';
import { openWorld, type World } from '../support/world.ts';

const DAY = 86_400_000;

let world: World;
let project: ProjectRecord;
let events: Details[];
let reminders: Reminders;

const build = (store: Pick<World['store'], 'deployTokens'>, days: readonly number[]) =>
  createReminders({
    store,
    clock: world.clock,
    log: world.logged.log,
    audit: (_type, { path }, details) => void events.push({ path, ...details }),
    days,
  });

beforeEach(async () => {
  world = await openWorld();
  await world.user('jane');
  project = await world.project('jane/app');
  events = [];
  reminders = build(world.store, [30, 7]);
});
afterEach(() => world.close());

const make = (name: string, days: number | null) =>
  world.deployToken(project, ['read_registry'], {
    name,
    expiresAt: days === null ? null : world.clock.now() + days * DAY,
  });

const asText = (value: unknown): string => (typeof value === 'string' ? value : 'no text');

/** Lives through so many days with a check on each; says on which something was said of what. */
async function live(days: number): Promise<string[]> {
  const said: string[] = [];
  for (let day = 0; day < days; day++) {
    const before = events.length;
    await reminders.check();
    for (const { path, what } of events.slice(before)) {
      said.push(`${day} ${asText(path)} ${asText(what)}`);
    }
    world.clock.advance(DAY);
  }
  return said;
}

test('AUTO-19: an end is spoken of once for each threshold', async () => {
  await make('cluster', 40);
  await make('eternal', null);
  expect(await live(45)).toEqual(['10 cluster end', '33 cluster end']);
  expect(events[0]).toMatchObject({ project_id: project.id, days_left: 30 });
  const lines = world.logged.lines('the deploy token ends soon');
  expect(lines).toMatchObject([{ name: 'cluster', level: 'warn' }, { name: 'cluster' }]);
});

test('AUTO-19: a rotation is spoken of before it is due, when it is, and not once it is done', async () => {
  const { id } = await make('cluster', null);
  const holder = { kind: 'project', id: project.id } as const;
  await setRotation(world, holder, id, 20);
  expect(await live(21)).toEqual([
    '0 cluster rotation',
    '13 cluster rotation',
    '20 cluster rotation',
  ]);
  expect(await live(5)).toEqual([]);
  const request = { holder, tokenId: id, gracePeriod: 0, expiresAt: undefined };
  await rotateDeployToken(world, request);
  expect(await live(13)).toEqual(['0 cluster rotation']);
});

test('AUTO-19: of an end and a rotation what comes first is spoken of', async () => {
  const { id } = await make('cluster', 25);
  await setRotation(world, { kind: 'project', id: project.id }, id, 5);
  expect(await live(1)).toEqual(['0 cluster rotation']);
});

test('AUTO-19: none is left out of many', async () => {
  await Promise.all(Array.from({ length: 205 }, (_, n) => make(`t${n}`, 3)));
  await reminders.check();
  expect(new Set(events.map(({ path }) => path)).size).toBe(205);
});

test('no threshold, no reminder; and a store that is away is asked again', async () => {
  await make('cluster', 3);
  await build(world.store, []).check();
  expect(events).toEqual([]);
  const expiring = () => Promise.reject(storeUnavailable('test'));
  await build({ deployTokens: { ...world.store.deployTokens, expiring } }, [30]).check();
  expect(world.logged.text()).toContain('no reminders of deploy tokens today');
  await reminders.check();
  expect(events).toHaveLength(1);
});
