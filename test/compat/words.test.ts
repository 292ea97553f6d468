import { expect, test } from '@jest/globals';
import { CELLS } from './cast.ts';
import type { Attempt } from './client.ts';
import { plainWords, summaryOf, triedOf } from './words.ts';

const attempt: Attempt = {
  registry: '127.0.0.1:4000',
  tls: { registry: '127.0.0.1:4001', certificate: '' },
  folder: '/tmp/wp-aaaaaa',
  own: '/tmp/wp-aaaaaa/a-bbbbbb',
  layout: '/tmp/wharfpass-world-cccccc/image',
  layoutTar: '',
  layerTar: '',
  digest: '',
  login: { username: 'u123', password: 'x' },
  repository: 'g1/app/job',
  reference: '127.0.0.1:4000/g1/app/job:v1',
};

test('what is only of one run is not in the words', () => {
  const said =
    'Error: GET http://localhost:5/token?scope=repository%3Ag1%2Fapp%2Fjob: no u123 at 127.0.0.1:4000/g1/app/job (request 1a-b)';
  expect(plainWords(said, attempt)).toBe(
    'Error: GET https://auth.example.com/token?scope=repository%3Agroup%2Fapp: no jane at registry.example.com/group/app',
  );
});

test.each([
  ['Copying blob\ntime="2026-01-01" level=error msg="no"\nError: denied', 'Error: denied'],
  ['time="2026-01-01T00:00:00Z" level=fatal msg=denied', 'level=fatal msg=denied'],
  ['time=2026-01-01T00:00:00Z level=WARN msg=no\nunauthorized', 'unauthorized'],
  ['2026/01/01 10:00:00 existing blob: x\nError: no', 'Error: no'],
  ['panic: oh\ngoroutine 1', 'panic: oh'],
  ['time="x" level=warning msg=only', 'level=warning msg=only'],
])('of %j the verdict is kept', (said, kept) => {
  expect(plainWords(said, attempt)).toBe(kept);
});

test('the summary names who was let through, and no more', () => {
  expect(summaryOf(CELLS.filter(({ allowed }) => allowed))).toBe(
    'login JDP, push JP, pull JDPA, delete P',
  );
  const some = CELLS.filter(({ verb, as }) => verb === 'pull' && as !== 'job');
  expect(summaryOf(some.filter(({ allowed }) => allowed))).toBe('pull DPA');
  expect(summaryOf([])).toBe('');
});

test('every refusal has a name', () => {
  expect(CELLS.filter(({ allowed }) => !allowed).map(triedOf)).toHaveLength(7);
});
