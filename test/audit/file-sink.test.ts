import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { appendFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openAudit, type AuditStream } from '../../src/audit/open.ts';
import { logLines, type LogLines } from '../support/log-lines.ts';
import { manualClock } from '../support/manual-clock.ts';
import { eventsOf, filesOf, temporaryFolder } from './folder.ts';

const clock = manualClock();
let dataDir: string;
let folder: string;
let logged: LogLines;
beforeEach(() => {
  dataDir = temporaryFolder();
  folder = join(dataDir, 'audit');
  logged = logLines();
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

function open(more: { max_size?: number; keep?: number; stdout?: boolean } = {}): AuditStream {
  const settings = { file: true, max_size: 1, keep: 16, stdout: false, ...more };
  return openAudit({ settings, dataDir, instance: 'one', clock, log: logged.log });
}
const target = { kind: 'project', id: 10, path: 'acme/app' } as const;
const change = (audit: AuditStream, details = {}) =>
  audit.changes.bySystem('project.updated', target, details);

test('a change is one line, in a file that only we may read', async () => {
  const audit = open();
  audit.changes.by({
    author: { kind: 'user', id: 3, name: 'jane', token_id: 9 },
    ip: '192.0.2.1',
    requestId: 'r-1',
  })('project.updated', target, { archived: true });
  await audit.close();
  expect(eventsOf(folder)).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-z]{9}-[0-9a-z]{7}-[0-9a-f]{8}$/),
      time: new Date(clock.now()).toISOString(),
      instance: 'one',
      type: 'project.updated',
      author: { kind: 'user', id: 3, name: 'jane', token_id: 9 },
      target,
      ip: '192.0.2.1',
      request_id: 'r-1',
      details: { archived: true },
    },
  ]);
  const [file = ''] = filesOf(folder);
  expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(audit.counts.get('project.updated')).toBe(1);
});

test('nobody waits: the line is written in a later turn of the event loop', async () => {
  const audit = open();
  change(audit);
  expect(() => filesOf(folder)).toThrow('ENOENT');
  await audit.settled();
  expect(eventsOf(folder)).toHaveLength(1);
  await audit.close();
});

test('ids sort in the order of events, also when the clock is set back', async () => {
  const audit = open();
  for (let n = 0; n < 100; n++) {
    if (n === 50) clock.advance(-5000);
    change(audit, { n });
  }
  await audit.close();
  const events = eventsOf(folder);
  const ids = events.map(({ id }) => id);
  expect(new Set(ids).size).toBe(100);
  expect(ids.toSorted()).toEqual(ids);
  expect(events.map(({ details }) => (details as { n: number }).n)).toEqual([...ids.keys()]);
});

test('a full file is followed by the next, and the oldest go', async () => {
  const audit = open({ keep: 3 });
  const text = 'x'.repeat(1000);
  for (let batch = 0; batch < 30; batch++) {
    for (let n = 0; n < 200; n++) change(audit, { n: batch * 200 + n, text });
    await audit.settled();
    if (batch % 7 === 0) clock.advance(1);
  }
  await audit.close();
  const files = filesOf(folder);
  expect(files).toHaveLength(3);
  for (const file of files) {
    expect(statSync(join(folder, file)).size).toBeLessThanOrEqual(1_048_576);
  }
  const kept = eventsOf(folder).map(({ details }) => (details as { n: number }).n);
  expect(kept.at(-1)).toBe(5999);
  // What is left is the newest, whole and in order.
  expect(kept).toEqual(kept.map((_n, index) => 6000 - kept.length + index));
  expect(kept.length).toBeGreaterThan(1500);
});

test('the next start goes on with the last file, after a line that a kill cut short', async () => {
  const first = open();
  change(first, { n: 1 });
  await first.close();
  const [file = ''] = filesOf(folder);
  appendFileSync(join(folder, file), '{"id":"half');
  const second = open();
  change(second, { n: 2 });
  const found = await second.search?.({ filter: {}, cursor: null, skip: 0, limit: 10 });
  await second.close();
  expect(filesOf(folder)).toEqual([file]);
  expect(eventsOf(folder)).toHaveLength(2);
  expect(found?.events.map(({ details }) => details)).toEqual([{ n: 2 }, { n: 1 }]);
});

test('a disk that refuses is one line in the log and a count, and no fault of a request', async () => {
  writeFileSync(folder, 'a file stands where the folder should be');
  const audit = open();
  for (let n = 0; n < 5; n++) {
    change(audit);
    await audit.settled();
  }
  expect(audit.lost()).toBe(5);
  expect(logged.lines()).toMatchObject([
    { level: 'error', msg: 'audit events are lost: the files cannot be written', folder },
  ]);
  rmSync(folder);
  change(audit, { n: 'after' });
  await audit.close();
  expect(eventsOf(folder)).toMatchObject([{ details: { n: 'after' } }]);
  expect(logged.lines().at(-1)).toMatchObject({ msg: 'audit events are written again', lost: 5 });
  expect(audit.lost()).toBe(5);
});

test('what finds no room in memory is counted, and the rest is written', async () => {
  const audit = open({ max_size: 64 });
  const text = 'x'.repeat(10_000);
  for (let n = 0; n < 3000; n++) change(audit, { n, text });
  await audit.close();
  expect(audit.lost()).toBeGreaterThan(0);
  expect(eventsOf(folder)).toHaveLength(3000 - audit.lost());
  expect(logged.lines('audit events are lost: the files cannot be written')).toHaveLength(1);
});

test('the stream goes to the log as well where that is wanted, whatever its level', async () => {
  const audit = open({ stdout: true });
  logged.log.level = 'error';
  change(audit, { n: 1 });
  await audit.close();
  expect(logged.lines('audit')).toMatchObject([
    { event: { type: 'project.updated', details: { n: 1 } } },
  ]);
});
