/** An event is in the stream once, however often it is sent, and an answer of 200 means that it is there. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer } from '../../../src/compose.ts';
import { startTokenServer, type TokenServer } from '../../support/token-server.ts';
import { openWorld } from '../../support/world.ts';
import { eventOf, newId, notify, SETTINGS, written } from './support.ts';

let server: TokenServer;

beforeAll(async () => {
  server = await startTokenServer(SETTINGS);
});
afterAll(() => server.close());

describe('P-59: idempotent by the id of the event', () => {
  test('sent again, it is known', async () => {
    const event = eventOf({});
    expect((await notify(server, event)).body).toMatchObject({ recorded: 1, known: 0 });
    expect((await notify(server, event)).body).toMatchObject({ recorded: 0, known: 1 });
    expect(await written(server, event.id)).toHaveLength(1);
  });

  test('twice in one envelope, and next to a new one', async () => {
    const [event, other] = [eventOf({}), eventOf({})];
    const { body } = await notify(server, event, event, other);
    expect(body).toMatchObject({ recorded: 2, known: 1 });
    expect(await written(server, event.id)).toHaveLength(1);
  });

  test('thirty times at once', async () => {
    const event = eventOf({});
    const answers = await Promise.all(Array.from({ length: 30 }, () => notify(server, event)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const recorded = answers.map(({ body }) => Number(body['recorded']));
    expect(recorded.reduce((sum, one) => sum + one, 0)).toBe(1);
    expect(await written(server, event.id)).toHaveLength(1);
  });

  test('across a restart, as far as the files go', async () => {
    const event = eventOf({ id: newId() });
    const world = await openWorld(SETTINGS);
    const { settings, clock, logged } = world;
    const start = () => startServer({ settings, clock, log: logged.log });
    const first = await start();
    await notify(first, event);
    await first.close();
    const running = await start();
    const again = { ...world, running, url: running.url };
    expect((await notify(again, event, eventOf({}))).body).toMatchObject({ recorded: 1, known: 1 });
    expect(await notify(again, event)).toMatchObject({ body: { known: 1 } });
    await running.close();
    await world.close();
  });
});

/** A disk that is full, and one where the folder cannot even be made. */
const DISKS: readonly [string, (folder: string) => Promise<string>][] = [
  [
    'is full',
    async (folder) => {
      const file = join(folder, '20200101T000000000Z.jsonl');
      await mkdir(folder, { recursive: true });
      await symlink('/dev/full', file);
      return file;
    },
  ],
  ['has no folder', (folder) => writeFile(folder, 'in the way').then(() => folder)],
];

test.each(DISKS)(
  'P-59: while the disk %s the answer is 503, and each event is written once it takes them',
  async (_, obstruct) => {
    const world = await openWorld(SETTINGS);
    const { settings, clock, logged } = world;
    const obstacle = await obstruct(join(settings.data_dir, 'audit'));
    const running = await startServer({ settings, clock, log: logged.log });
    const full = { ...world, running, url: running.url };
    const [event, other] = [eventOf({}), eventOf({})];
    for (let i = 0; i < 3; i += 1) {
      const answer = await notify(full, event, other);
      expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    await rm(obstacle);
    expect((await notify(full, event)).body).toMatchObject({ recorded: 1, known: 0 });
    expect((await notify(full, event, other)).body).toMatchObject({ recorded: 1, known: 1 });
    for (const { id } of [event, other]) expect(await written(full, id)).toHaveLength(1);
    await running.close();
    await world.close();
  },
);

test('without a stream the events are taken all the same', async () => {
  const without = await startTokenServer(`audit: {file: false}\n${SETTINGS}`);
  const event = eventOf({});
  expect((await notify(without, event)).body).toMatchObject({ recorded: 1 });
  expect((await notify(without, event)).body).toMatchObject({ known: 1 });
  await without.close();
});
