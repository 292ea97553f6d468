import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { createMatch, type EventFilter } from '../../src/audit/match.ts';
import { fileOf, nextStamp, stampOf, timeOf } from '../../src/audit/files.ts';
import { createSearch, type EventSearch } from '../../src/audit/search.ts';
import { eventsOf, temporaryFolder, type WrittenEvent } from './folder.ts';

const START = Date.parse('2027-01-31T12:00:00.000Z');
const EVENTS = 4000;
const TYPES = ['user.created', 'job.started', 'token.issued'] as const;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Events of a second each, over files of a thousand, with lines of all lengths and what a torn write leaves behind. */
function fill(count = EVENTS): void {
  const files = new Map<string, string>();
  for (let n = 0; n < count; n++) {
    const time = START + n * 1000;
    const file = fileOf(folder, stampOf(START + Math.floor(n / 1000) * 1_000_000));
    const event = {
      id: String(n).padStart(9, '0'),
      time: new Date(time).toISOString(),
      type: TYPES[n % 3],
      author: n % 5 === 0 ? { kind: 'system' } : { kind: 'user', id: n % 7, name: `user${n % 7}` },
      target: { kind: 'project', id: n % 11, path: `acme/é${'—'.repeat(n % 400)}` },
      request_id: `r-${n}`,
      details: {
        job_id: n % 13,
        project_ids: [n % 17, 99],
        outcome: n % 2 ? 'granted' : 'refused',
      },
    };
    const torn = n % 500 === 0 ? '{"id":"torn\n\n' : '';
    files.set(file, `${files.get(file) ?? ''}${JSON.stringify(event)}\n${torn}`);
  }
  for (const [file, text] of files) writeFileSync(file, text);
  appendFileSync(fileOf(folder, stampOf(START + 3_000_000)), '{"id":"half a li');
}

const search = (asked: Partial<EventSearch>, maxBytes?: number) =>
  createSearch({ folder, settled: async () => {}, ...(maxBytes && { maxBytes }) })({
    filter: {},
    cursor: null,
    skip: 0,
    limit: 20,
    ...asked,
  });
const idsOf = (events: readonly unknown[]) => events.map((event) => (event as WrittenEvent).id);
const naive = (filter: EventFilter): string[] =>
  idsOf(eventsOf(folder).filter(createMatch(filter).matches).toReversed());

test('where there is no folder yet there are no events', async () => {
  expect(await search({})).toEqual({
    events: [],
    next: null,
    complete: true,
    searchedBackTo: null,
  });
});

test('names of files sort in the order of their making, whatever the clock does', () => {
  const stamp = stampOf(START);
  expect(stamp).toBe('20270131T120000000Z');
  expect(timeOf(stamp)).toBe(START);
  expect(nextStamp(stamp, START - 5000)).toBe('20270131T120000001Z');
  expect(nextStamp(stamp, START + 5000)).toBe('20270131T120005000Z');
});

describe('over many files', () => {
  beforeEach(() => fill());

  test('newest first, page by page, every event once', async () => {
    const all: string[] = [];
    for (let cursor: EventSearch['cursor'] = null, more = true; more;) {
      const found = await search({ cursor, limit: 173 });
      all.push(...idsOf(found.events));
      cursor = found.next;
      more = cursor !== null;
    }
    expect(all).toEqual(naive({}));
    expect(all).toHaveLength(EVENTS);
  });

  test.each<[string, EventFilter]>([
    ['type', { type: 'user.created' }],
    ['author_id', { authorId: 3 }],
    ['author by name', { author: 'user4' }],
    ['author by kind', { author: 'system' }],
    ['project_id of the target', { projectId: 7 }],
    ['project_id of a decision', { projectId: 16 }],
    ['job_id', { jobId: 5 }],
    ['user_id', { userId: 6 }],
    ['request_id', { requestId: 'r-17' }],
    ['outcome', { outcome: 'refused' }],
    ['created_after', { createdAfter: START + 3_500_000 }],
    ['created_before', { createdBefore: START + 500_500 }],
    ['all at once', { type: 'job.started', projectId: 99, createdAfter: START + 100_000 }],
  ])('%s', async (_name, filter) => {
    const wanted = naive(filter);
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.length).toBeLessThan(EVENTS);
    const found = await search({ filter, limit: EVENTS });
    expect([idsOf(found.events), found.next, found.complete]).toEqual([wanted, null, true]);
  });

  test('pages may be skipped, and the last one knows that it is the last', async () => {
    const wanted = naive({ requestId: 'r-17' });
    expect(wanted).toHaveLength(1);
    const filter = { type: 'user.created' } as const;
    const second = await search({ filter, skip: 20 });
    expect(idsOf(second.events)).toEqual(naive(filter).slice(20, 40));
    expect(second.next).not.toBeNull();
    const total = naive(filter).length;
    const last = await search({ filter, skip: total - 20 });
    expect([last.events.length, last.next]).toEqual([20, null]);
  });

  test('work is bounded, what was searched is said, and the search can go on', async () => {
    const filter = { requestId: 'r-17' };
    const found = await search({ filter }, 200_000);
    expect(found).toMatchObject({ events: [], complete: false });
    expect(Date.parse(found.searchedBackTo ?? '')).toBeGreaterThan(START + 3_000_000);
    let cursor = found.next;
    const all: string[] = [];
    while (cursor !== null) {
      const on = await search({ filter, cursor }, 200_000);
      all.push(...idsOf(on.events));
      cursor = on.next;
    }
    expect(all).toEqual(['000000017']);
  });

  test('events that come meanwhile move nothing', async () => {
    const first = await search({});
    appendFileSync(
      fileOf(folder, stampOf(START + 3_000_000)),
      `ne\n${JSON.stringify({ id: 'new', time: new Date(START + 5_000_000).toISOString() })}\n`,
    );
    const second = await search({ cursor: first.next });
    expect(idsOf([...first.events, ...second.events])).toEqual(naive({}).slice(1, 41));
  });

  test('a file that has gone is passed over', async () => {
    const first = await search({ limit: 1500 });
    rmSync(fileOf(folder, stampOf(START + 1_000_000)));
    const rest = await search({ cursor: first.next, limit: EVENTS });
    expect(idsOf(rest.events)).toEqual(naive({}).slice(1500));
  });

  test('the event loop is free while it reads', async () => {
    let turns = 0;
    let reading = true;
    const turn = (): void => {
      turns++;
      if (reading) setImmediate(turn);
    };
    turn();
    await search({ filter: { requestId: 'nobody' }, limit: 1 });
    reading = false;
    expect(turns).toBeGreaterThan(10);
  });
});
