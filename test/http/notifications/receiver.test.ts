import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { get, send, startTokenServer, type TokenServer } from '../../support/token-server.ts';
import { eventOf, newId, notify, post, SECRET, SETTINGS, V1, V2, written } from './support.ts';

let server: TokenServer;

beforeAll(async () => {
  server = await startTokenServer(SETTINGS);
});
afterAll(() => server.close());

const body = (id: string) => JSON.stringify({ events: [eventOf({ id })] });

test.each([V1, V2, `${V2}; charset=utf-8`, V1.toUpperCase()])('P-59: %s is taken', async (type) => {
  const id = newId();
  const answer = await post(server, { type, body: body(id) });
  expect([answer.status, answer.body]).toEqual([200, { recorded: 1, known: 0, passed_over: 0 }]);
  expect(await written(server, id)).toHaveLength(1);
});

test.each([
  ['application/json', 400],
  ['application/vnd.docker.distribution.events.v3+json', 400],
  ['', 400],
])('another type is refused: %j', async (type, status) => {
  const id = newId();
  const answer = await post(server, { type, body: body(id) });
  expect(answer.status).toBe(status);
  expect(answer.body['details']).toMatch(V2);
  expect(await written(server, id)).toEqual([]);
});

describe('P-59: the secret', () => {
  test.each([
    ['another', 'Bearer a-secret-of-somebody-else'],
    ['longer', `Bearer ${SECRET}x`],
    ['shorter', `Bearer ${SECRET.slice(1)}`],
    ['none after the scheme', 'Bearer '],
    ['without a scheme', SECRET],
    ['in Basic', `Basic ${Buffer.from(`registry:${SECRET}`).toString('base64')}`],
    ['twice', `Bearer ${SECRET} ${SECRET}`],
    ['no header', null],
  ])('%s: 401 and nothing is written', async (_, authorization) => {
    const id = newId();
    const headers = { 'content-type': V1, ...(authorization !== null && { authorization }) };
    const url = `${server.url}/registry/notifications`;
    const answer = await send(url, { method: 'POST', headers, body: body(id) });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="wharfpass"');
    expect(answer.text).not.toContain(SECRET);
    expect(await written(server, id)).toEqual([]);
  });

  test('is in no line of the log', () => {
    expect(server.logged.lines('notification not taken').length).toBeGreaterThan(5);
    expect(server.logged.text()).not.toContain(SECRET);
  });

  test('without one in the settings there is no receiver: 404', async () => {
    const without = await startTokenServer();
    expect((await notify(without, eventOf({}))).status).toBe(404);
    await without.close();
  });
});

describe('what is no notification', () => {
  test.each(['', 'noise', '[]', 'null', '{}', '{"events":{}}', '{"events":null}'])(
    '%j: 400 in JSON',
    async (text) => {
      const answer = await post(server, { body: text });
      expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_request']);
    },
  );

  test('no events: 200', async () => {
    expect((await notify(server)).body).toEqual({ recorded: 0, known: 0, passed_over: 0 });
  });

  test('events that tell of nothing we know are passed over, for a registry cannot leave them out', async () => {
    const { id } = eventOf({});
    const odd = [
      null,
      7,
      {},
      { ...eventOf({}), id: undefined },
      { ...eventOf({}), id: 'x'.repeat(129) },
      eventOf({ action: 'rename' }),
      eventOf({ action: '__proto__' }),
      { ...eventOf({}), target: null },
    ] as object[];
    const answer = await notify(server, ...odd, eventOf({ id }));
    expect(answer.body).toEqual({ recorded: 1, known: 0, passed_over: odd.length });
    expect(server.logged.lines('events of a registry are not understood')).toHaveLength(1);
    expect(await written(server, id)).toHaveLength(1);
  });

  test('more than a megabyte, announced or not, or a thousand events: 413 in JSON', async () => {
    const large = { ...eventOf({}), noise: 'n'.repeat(1_048_576) };
    const few = Array.from({ length: 1_001 }, () => ({ id: 'a' }));
    for (const events of [[large], few]) {
      const answer = await notify(server, ...events);
      expect(answer).toMatchObject({ status: 413, body: { errors: [{ code: 'SIZE_INVALID' }] } });
      expect(answer.headers.get('content-type')).toBe('application/json');
    }
  });

  test.each(['GET', 'PUT', 'DELETE'])('%s: 405 with Allow', async (method) => {
    const answer = await send(`${server.url}/registry/notifications`, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('and tokens are given as before', async () => {
    expect((await get(server, { scope: 'repository:acme/app:pull' })).status).toBe(200);
  });
});
