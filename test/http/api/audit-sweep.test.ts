/** Every route that changes something says so in the audit stream, with before and after, and tells no secret. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { API_ROUTES } from '../../../src/http/api/routes.ts';
import { createMaker, type Maker } from './audit-sweep-maker.ts';
import { REQUESTS, type Tells } from './audit-sweep-requests.ts';
import { ADMIN_TOKEN, openApi, type Api } from './support.ts';

let api: Api;
let maker: Maker;
beforeAll(async () => {
  api = await openApi('jobs: {enforce_allowlist: false}\n');
  maker = createMaker(api);
});
afterAll(() => api.close());

interface Event {
  readonly type: string;
  readonly target: { readonly kind: string };
  readonly author: { readonly kind: string };
  readonly details: Readonly<Record<string, unknown>> & {
    readonly before?: Readonly<Record<string, unknown>>;
    readonly after?: Readonly<Record<string, unknown>>;
  };
}

const changing = API_ROUTES.filter(({ changes }) => changes);
const nameOf = ({ method, path }: (typeof changing)[number]) => `${method.toUpperCase()} ${path}`;

/** Asks as `support.ts` does, which keeps every secret that an answer shows. */
async function eventsOf(name: string): Promise<{ events: Event[]; tells: Tells }> {
  const prepare = REQUESTS[name];
  if (prepare === undefined) throw new Error(`no request for ${name}`);
  const { path, body, token = ADMIN_TOKEN, tells } = await prepare(maker, api);
  const method = name.split(' ')[0] ?? '';
  const answer = await api.call(method, path, token, body);
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  const query = `request_id=${answer.headers['x-request-id']}`;
  return { events: (await api.admin('get', `/audit_events?${query}`)).body, tells };
}

const isFlat = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (Array.isArray(value) && value.every((each) => typeof each !== 'object'));

const CHECKS: Readonly<Record<Tells, (details: Event['details']) => void>> = {
  after({ before, after }) {
    expect(before).toBeUndefined();
    expect(Object.keys(after ?? {}).length).toBeGreaterThan(0);
  },
  before({ before, after }) {
    expect(after).toBeUndefined();
    expect(Object.keys(before ?? {}).length).toBeGreaterThan(0);
  },
  both({ before = {}, after = {} }) {
    const fields = Object.keys(after).filter((field) => field !== 'password');
    expect(fields.length).toBeGreaterThan(0);
    expect(Object.keys(before)).toEqual(fields);
    for (const field of fields) expect(before[field]).not.toEqual(after[field]);
  },
  counts({ before, after }) {
    expect([before, after]).toEqual([undefined, undefined]);
  },
  nothing: () => {},
};

test('every route that changes something has a request here, and no other', () => {
  expect(Object.keys(REQUESTS).sort()).toEqual(changing.map(nameOf).sort());
});

describe('leaves an event with what was and what is', () => {
  test.each(changing.map(nameOf))('%s', async (name) => {
    const { events, tells } = await eventsOf(name);
    if (tells === 'nothing') return expect(events).toEqual([]);
    // What comes with a change, as an automatic deploy token, has an event of its own.
    expect(events.length).toBeGreaterThan(0);
    // The oldest that tells of fields; one of many objects begins with one that tells of none.
    const main = events.findLast(({ details }) => details.before ?? details.after) ?? events[0];
    expect(main).toMatchObject({ author: { kind: 'user' } });
    CHECKS[tells](main?.details ?? {});
    for (const { details } of events) {
      const { before = {}, after = {}, ...rest } = details;
      for (const fields of [before, after, rest])
        expect(Object.values(fields).every(isFlat)).toBe(true);
    }
  });

  test('of a password nothing but that it changed', async () => {
    const changed = (await api.admin('get', '/audit_events?changed=password')).body as Event[];
    expect(changed.map(({ type, details }) => [type, details])).toEqual([
      [
        'user.updated',
        {
          fields: ['admin', 'password'],
          before: { admin: false },
          after: { admin: true, password: 'changed' },
        },
      ],
    ]);
  });

  test('a change to what was so already changes no field', async () => {
    const path = await maker.at('group');
    const answer = await api.admin('put', path, { visibility: 'private' });
    const query = `request_id=${answer.headers['x-request-id']}`;
    const [event] = (await api.admin('get', `/audit_events?${query}`)).body as Event[];
    expect(event?.details).toMatchObject({ before: {}, after: {} });
  });
});

test('T46: no secret and no hash of one is in the stream, and no password', async () => {
  await api.audit.settled();
  const folder = join(api.world.settings.data_dir, 'audit');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  const stream = texts.join('');
  expect(api.secrets.length).toBeGreaterThan(20);
  for (const secret of api.secrets) expect(stream).not.toContain(secret);
  expect(stream).not.toMatch(
    /scrypt|correct-horse|"(password_?)?hash"|sealed|glpat-|gldt-|glcbt-/i,
  );
});
