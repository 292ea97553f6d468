import { describe, expect, test } from '@jest/globals';
import { REGISTRY_ALERTS } from '../../src/audit/registry-event.ts';
import type { DeployTokenSource } from '../../src/metrics/deploy-tokens.ts';
import { createMetrics, type Metrics } from '../../src/metrics/metrics.ts';
import { COUNTED_CREDENTIALS, TOKEN_OUTCOMES } from '../../src/metrics/ports.ts';
import type { StateSource } from '../../src/metrics/state.ts';
import type { ServingState, StoreGauges } from '../../src/store/ports.ts';
import { samplesOf, seriesOf, valueOf } from './page.ts';

const YES: ServingState = { served: true };
const NO: ServingState = { served: false, why: 'canary' };

const GAUGES: StoreGauges = {
  replicaAgeSeconds: 0.25,
  replicaVersion: 1234,
  closedPartitions: 3,
  journalPending: 7,
  breaker: 'half_open',
};

function watched(source: Partial<StateSource & DeployTokenSource> = {}): Metrics {
  const metrics = createMetrics();
  metrics.watch({
    serving: async () => ({ jobTokens: NO, storedTokens: YES, anonymous: YES }),
    signing: () => true,
    gauges: () => GAUGES,
    expiringDeployTokens: async (days) => days * 2 + 1,
    ...source,
  });
  return metrics;
}

describe('requests for a token', () => {
  test('are counted by outcome and credential, and timed in cumulative buckets', async () => {
    const { countTokenRequest, text } = createMetrics();
    countTokenRequest('granted', 'job_token', 0.2);
    countTokenRequest('granted', 'job_token', 0.25);
    countTokenRequest('unauthorized', 'job_token', 40);
    countTokenRequest('granted', 'password', 5000);
    const page = await text();
    const requests = (outcome: string, credential: string) =>
      valueOf(page, 'wharfpass_token_requests_total', { outcome, credential });
    expect(requests('granted', 'job_token')).toBe(2);
    expect(requests('unauthorized', 'job_token')).toBe(1);
    expect(requests('granted', 'password')).toBe(1);
    expect(requests('unavailable', 'anonymous')).toBe(0);
    const took = (credential: string, le: string) =>
      valueOf(page, 'wharfpass_token_request_duration_seconds_bucket', { credential, le });
    expect(['0.00025', '0.025', '0.05', '1', '+Inf'].map((le) => took('job_token', le))).toEqual([
      2, 2, 3, 3, 3,
    ]);
    expect([took('password', '1'), took('password', '+Inf')]).toEqual([0, 1]);
    const of = { credential: 'job_token' };
    const total = (part: string) =>
      valueOf(page, `wharfpass_token_request_duration_seconds_${part}`, of);
    expect(total('sum')).toBeCloseTo(0.04045, 10);
    expect(total('count')).toBe(3);
  });

  test('a second scrape counts nothing twice', async () => {
    const { countTokenRequest, text } = createMetrics();
    countTokenRequest('empty', 'anonymous', 1);
    await text();
    const labels = { outcome: 'empty', credential: 'anonymous' };
    expect(valueOf(await text(), 'wharfpass_token_requests_total', labels)).toBe(1);
  });

  test('T47: every series is there before the first request, and none comes later', async () => {
    const { countTokenRequest, text } = createMetrics();
    const ours = async () => seriesOf(await text()).filter((one) => one.startsWith('wharfpass_'));
    const before = await ours();
    expect(before).toHaveLength(
      TOKEN_OUTCOMES.length * COUNTED_CREDENTIALS.length +
        15 * COUNTED_CREDENTIALS.length +
        2 +
        // Pulls alone raise no alert.
        (1 + 3 * REGISTRY_ALERTS.length) +
        // Requests to the REST API that were one too many, of either kind.
        2,
    );
    for (const outcome of TOKEN_OUTCOMES)
      for (const credential of COUNTED_CREDENTIALS) countTokenRequest(outcome, credential, 3);
    expect(await ours()).toEqual(before);
  });
});

describe('calls to the store', () => {
  test('are counted by name and outcome, and timed by name', async () => {
    const { onStoreCall, text } = createMetrics();
    onStoreCall('jobs.admit', 'ok', 0.1);
    onStoreCall('jobs.admit', 'ok', 3);
    onStoreCall('jobs.admit', 'unavailable', 400);
    const page = await text();
    const calls = (outcome: string) =>
      valueOf(page, 'wharfpass_store_calls_total', { call: 'jobs.admit', outcome });
    expect([calls('ok'), calls('unavailable'), calls('refused')]).toEqual([2, 1, undefined]);
    const call = 'jobs.admit';
    const name = 'wharfpass_store_call_duration_seconds';
    expect(valueOf(page, `${name}_count`, { call })).toBe(3);
    expect(valueOf(page, `${name}_bucket`, { call, le: '0.0005' })).toBe(1);
  });

  test('T47: a store that made names up could not add series for ever', async () => {
    const { onStoreCall, text } = createMetrics();
    for (let i = 0; i < 10_000; i++) onStoreCall(`call-${i}`, 'ok', 1);
    for (let i = 0; i < 10_000; i++) onStoreCall('call-0', `outcome-${i}`, 1);
    const page = await text();
    const counted = samplesOf(page).filter(({ name }) => name === 'wharfpass_store_calls_total');
    expect(counted.length).toBeLessThan(160);
    expect(counted.reduce((sum, { value }) => sum + value, 0)).toBe(20_000);
    const other = { call: 'other', outcome: 'ok' };
    expect(valueOf(page, 'wharfpass_store_calls_total', other)).toBe(10_000 - 128);
  });
});

describe('state', () => {
  test('which kinds are served, as of the scrape', async () => {
    let jobs: ServingState = NO;
    const { text } = watched({
      serving: async () => ({ jobTokens: jobs, storedTokens: YES, anonymous: NO }),
    });
    const serving = async (credential: string) =>
      valueOf(await text(), 'wharfpass_serving', { credential });
    expect(await serving('job_token')).toBe(0);
    expect(await serving('stored_token')).toBe(1);
    expect(await serving('anonymous')).toBe(0);
    jobs = YES;
    expect(await serving('job_token')).toBe(1);
    expect(await text()).not.toContain('canary');
  });

  test('whether tokens can be signed', async () => {
    expect(valueOf(await watched().text(), 'wharfpass_signing')).toBe(1);
    expect(valueOf(await watched({ signing: () => false }).text(), 'wharfpass_signing')).toBe(0);
  });

  test('AUTO-19: how many deploy tokens end or want a new secret', async () => {
    let left: number | null = null;
    let asked = 0;
    const { text } = watched({
      expiringDeployTokens: async (days) => {
        asked++;
        return left === null ? null : left + days;
      },
    });
    const within = async (days: number) =>
      valueOf(await text(), 'wharfpass_deploy_tokens_expiring', { within: `${days}d` });
    expect(await within(30)).toBeUndefined();
    left = 2;
    expect([await within(0), await within(7), await within(30)]).toEqual([2, 9, 32]);
    const before = asked;
    left = 100;
    // Within a minute the figures are not counted anew.
    expect([await within(0), asked]).toEqual([2, before]);
  });

  test('what a shared store knows of itself', async () => {
    const page = await watched().text();
    expect(valueOf(page, 'wharfpass_replica_age_seconds')).toBe(0.25);
    expect(valueOf(page, 'wharfpass_replica_version')).toBe(1234);
    expect(valueOf(page, 'wharfpass_quarantined_partitions')).toBe(3);
    expect(valueOf(page, 'wharfpass_journal_pending_entries')).toBe(7);
    const breaker = ['closed', 'half_open', 'open'].map((state) =>
      valueOf(page, 'wharfpass_store_breaker', { state }),
    );
    expect(breaker).toEqual([0, 1, 0]);
  });

  test('a replica that has never been current is infinitely old', async () => {
    const gauges = () => ({ ...GAUGES, replicaAgeSeconds: Infinity });
    expect(await watched({ gauges }).text()).toContain('wharfpass_replica_age_seconds +Inf\n');
  });

  test('a store that has no such figures shows none, and does not show old ones', async () => {
    let gauges: StoreGauges | null = GAUGES;
    const { text } = watched({ gauges: () => gauges });
    await text();
    gauges = null;
    const names = samplesOf(await text()).map(({ name }) => name);
    expect(names.filter((name) => /replica|partitions|journal|breaker/.test(name))).toEqual([]);
  });
});

test('the process itself: memory and the lag of the event loop', async () => {
  const page = await createMetrics().text();
  expect(valueOf(page, 'process_resident_memory_bytes')).toBeGreaterThan(1 << 20);
  expect(valueOf(page, 'nodejs_eventloop_lag_p99_seconds')).toBeDefined();
});

test('scrapes that come at once are one scrape', async () => {
  let asked = 0;
  const { text } = watched({
    serving: async () => {
      asked++;
      return { jobTokens: YES, storedTokens: YES, anonymous: YES };
    },
  });
  const pages = await Promise.all([text(), text(), text()]);
  expect(asked).toBe(1);
  expect(new Set(pages).size).toBe(1);
  await text();
  expect(asked).toBe(2);
});

test('counting a request costs well under a microsecond', () => {
  const { countTokenRequest, onStoreCall } = createMetrics();
  const rounds = 200_000;
  const run = (): number => {
    const begun = performance.now();
    for (let i = 0; i < rounds; i++) {
      countTokenRequest(
        TOKEN_OUTCOMES[i % 8] ?? 'granted',
        COUNTED_CREDENTIALS[i % 6] ?? 'password',
        (i % 100) / 10,
      );
      onStoreCall(i % 2 === 0 ? 'jobs.admit' : 'directory.facts', 'ok', (i % 100) / 10);
    }
    return ((performance.now() - begun) / rounds) * 1e6;
  };
  run();
  const best = Math.min(...Array.from({ length: 5 }, run));
  // Nanoseconds, for both. The machine may be busy; with prom-client alone it would be twice as much.
  expect(best).toBeLessThan(1000);
});
