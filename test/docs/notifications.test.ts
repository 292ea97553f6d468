/** docs/notifications.md is what the receiver does; test/registry/notifications.test.ts runs its configuration. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { EVENT_TYPES } from '../../src/audit/events.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { eventOf, notify, post, SETTINGS, V1, V2, written } from '../http/notifications/support.ts';
import { get, send, startTokenServer, type TokenServer } from '../support/token-server.ts';
import { readPage, tableRows } from './page.ts';

const page = readPage('notifications.md');
let server: TokenServer;

beforeAll(async () => {
  server = await startTokenServer(SETTINGS);
});
afterAll(() => server.close());

test('the secret of the example is one that the settings take, by the variable that is named', () => {
  const { notifications } = parse(/```yaml\n([^`]*)```/.exec(page)?.[1] ?? '') as {
    notifications: { endpoints: { headers: { Authorization: string[] }; url: string }[] };
  };
  const [endpoint] = notifications.endpoints;
  const [scheme, secret] = endpoint?.headers.Authorization[0]?.split(' ') ?? [];
  expect([scheme, new URL(endpoint?.url ?? '').pathname]).toEqual([
    'Bearer',
    '/registry/notifications',
  ]);
  const variable = /`(WHARFPASS_NOTIFICATIONS__SECRET)`/.exec(page)?.[1] ?? '';
  const settings = loadSettings({ env: { [variable]: secret }, cwd: '/' });
  expect(settings.notifications.secret?.reveal()).toBe(secret);
});

test('both media types are named as the receiver takes them', () => {
  const short = /`(application\/vnd[^`]+)` and `…([^`]+)`/.exec(page)?.slice(1) ?? [];
  expect([short[0], V1.replace('v1+json', short[1] ?? '')]).toEqual([V1, V2]);
});

test('the example has the fields of an event as it is written', async () => {
  const jane = await server.user('jane');
  const app = await server.project('jane/app');
  const job = await server.job(app, jane);
  const as = ['gitlab-ci-token', job.token.reveal()] as const;
  await get(server, { as, scope: 'repository:jane/app:push' });
  const event = eventOf({ actor: `job:${job.job.id}`, repository: 'jane/app' });
  await notify(server, event);
  const [found] = await written(server, event.id);
  const example = JSON.parse(/```json\n([^`]*)```/.exec(page)?.[1] ?? '') as typeof found;
  expect(Object.keys(example ?? {})).toEqual(Object.keys(found ?? {}));
  expect(Object.keys(example?.details ?? {}).toSorted()).toEqual(
    Object.keys(found?.details ?? {}).toSorted(),
  );
});

test('every type of a registry’s event is named, and no other', () => {
  const named = new Set([...page.matchAll(/\bregistry\.(?!yml)[a-z_]+\b/g)].map(([name]) => name));
  const types = EVENT_TYPES.filter((type) => type.startsWith('registry.'));
  expect([...named].toSorted()).toEqual(types.toSorted());
});

test('each status of the table is one that is given', async () => {
  const documented = tableRows(page).flatMap(([status = '']) =>
    /^\d{3}$/.test(status) ? [status] : [],
  );
  const url = `${server.url}/registry/notifications`;
  const large = { ...eventOf({}), noise: 'n'.repeat(1_048_576) };
  const without = await startTokenServer();
  const given = [
    await notify(server, eventOf({})),
    await post(server, { body: 'noise' }),
    await post(server, { secret: 'another-secret-altogether' }),
    await notify(without),
    await send(url),
    await notify(server, large),
  ].map(({ status }) => String(status));
  await without.close();
  // 503 is shown where the disk refuses, in test/http/notifications.
  expect(documented).toEqual([...given, '503']);
});
