/** docs/metrics.md names what /metrics has, and nothing else. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { COUNTED_CREDENTIALS, TOKEN_OUTCOMES } from '../../src/metrics/ports.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { namesOf, samplesOf, type Sample } from '../metrics/page.ts';
import { readPage, tableRows } from './page.ts';

const document = readPage('metrics.md');
/** `wharfpass_serving`, … in the first cell of a row; a row may have several. */
const documented = tableRows(document).flatMap(([first = '']) =>
  Array.from(
    first.matchAll(/`((?:wharfpass|process|nodejs)_[a-z0-9_]+)`/g),
    ([, name = '']) => name,
  ),
);
const ALERTS = document.slice(document.indexOf('## Alerts'));
/** Not every system has them. */
const onLinux = process.platform === 'linux';

let page: string;
let samples: readonly Sample[];

beforeAll(async () => {
  const metrics = createMetrics();
  const served = { served: true } as const;
  metrics.watch({
    serving: async () => ({ jobTokens: served, storedTokens: served, anonymous: served }),
    signing: () => true,
    expiringDeployTokens: async () => 0,
    gauges: () => ({
      replicaAgeSeconds: 0,
      replicaVersion: 0,
      closedPartitions: 0,
      journalPending: 0,
      breaker: 'closed',
    }),
  });
  metrics.watchAudit({ counts: new Map([['token.issued', 0]]), lost: () => 0 });
  metrics.onStoreCall('jobs.admit', 'ok', 1);
  page = await metrics.text();
  samples = samplesOf(page);
});

test('each metric is on the page once, and each name on the page is a metric', () => {
  const names = namesOf(page);
  expect(names.length).toBeGreaterThan(20);
  const missing = names.filter((name) => !documented.includes(name));
  const invented = documented.filter((name) => !names.includes(name));
  expect([missing, onLinux ? invented : []]).toEqual([[], []]);
  expect(new Set(documented).size).toBe(documented.length);
});

test('type and labels of our own are as the page says', () => {
  const rows = tableRows(document).filter((row) => row[0]?.startsWith('`wharfpass_'));
  expect(rows.length).toBeGreaterThan(8);
  for (const row of rows) {
    const name = row[0]?.replaceAll('`', '') ?? '';
    const type = new RegExp(`^# TYPE ${name} (\\S+)$`, 'm').exec(page)?.[1];
    expect([name, row[1]]).toEqual([name, type]);
    const labels = Array.from(row[2]?.matchAll(/`([a-z]+)`/g) ?? [], ([, label]) => label);
    const own = samples.find((sample) => sample.name.replace(/_(bucket|sum|count)$/, '') === name);
    const found = Object.keys(own?.labels ?? {}).filter((label) => label !== 'le');
    expect([name, ...labels.toSorted()]).toEqual([name, ...found.toSorted()]);
  }
});

describe('the values of the labels', () => {
  const valuesOf = (metric: string, label: string): string[] => {
    const found = samples.filter(({ name }) => name === metric);
    return [...new Set(found.map(({ labels }) => labels[label] ?? ''))];
  };

  test('outcome', () => {
    const cells = tableRows(document).map(
      ([first]) => /^`([a-z_]+)`$/.exec(first ?? '')?.[1] ?? '',
    );
    for (const outcome of TOKEN_OUTCOMES) expect(cells).toContain(outcome);
    expect(valuesOf('wharfpass_token_requests_total', 'outcome')).toEqual(TOKEN_OUTCOMES);
  });

  test('credential and state', () => {
    const all = [
      ...COUNTED_CREDENTIALS,
      ...valuesOf('wharfpass_serving', 'credential'),
      ...valuesOf('wharfpass_store_breaker', 'state'),
    ];
    for (const value of all) expect(document).toContain(`\`${value}\``);
  });
});

test('the alerts ask for metrics and label values that exist', () => {
  const asked = [...ALERTS.matchAll(/\b(wharfpass_[a-z_]+)/g)].map(([name]) => name);
  expect(asked.length).toBeGreaterThan(6);
  const names = new Set(samples.map(({ name }) => name));
  for (const name of asked) expect(names).toContain(name);
  const values = new Set(samples.flatMap(({ labels }) => Object.values(labels)));
  for (const [, list = ''] of ALERTS.matchAll(/\b(?:outcome|credential)!?=~?"([^"]+)"/g)) {
    for (const value of list.split('|')) expect(values).toContain(value);
  }
});
