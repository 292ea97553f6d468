/** Whatever is sent to the token path: no 403, no redirect, no page, and an answer that every client can read. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sendRaw, type RawAnswer } from '../../support/raw-http.ts';
import { startTokenServer, type TokenServer } from '../../support/token-server.ts';
import { base64 } from '../hostile/raw-request.ts';
import { FORM } from './pieces.ts';
import { bytesOf, randomRequest, type RandomRequest } from './random-request.ts';

const RUNS = 400;
const ALLOWED = new Set([200, 400, 401, 404, 405, 413, 431]);
/** Rare among the random ones. */
const OVERSIZED: RandomRequest = {
  method: 'POST',
  target: '/token',
  headers: [`Content-Type: ${FORM}`],
  body: 'n'.repeat(70_000),
  noise: null,
};
const seen = new Map<number, number>();
let server: TokenServer;
let login: string;

beforeAll(async () => {
  server = await startTokenServer();
  const jane = await server.user('jane');
  await server.group('acme');
  await server.project('acme/app');
  await server.project('acme/open', { visibility: 'public' });
  await server.member('acme/app', 'jane', 'maintainer');
  const { secret } = await server.personalAccessToken(jane, ['api']);
  login = `Authorization: Basic ${base64(`jane:${secret}`)}`;
});
afterAll(() => server.close());

/** null: as it should be; else what is wrong, in words. */
function faultOf({ method, noise }: RandomRequest, answer: RawAnswer): string | null {
  const { status, headers, body } = answer;
  if (!ALLOWED.has(status)) return `status ${status}`;
  if (headers['location'] !== undefined || headers['refresh'] !== undefined) return 'a redirect';
  if (!/^application\/json(;|$)/.test(headers['content-type'] ?? '')) return 'not JSON by its type';
  if (Number(headers['content-length']) > 8192 || body.length > 8192) return 'over 8 KiB';
  if (method === 'HEAD' && noise === null && body === '') return null;
  const parsed = JSON.parse(body) as Record<string, unknown>;
  if (status === 200) return typeof parsed['token'] === 'string' ? null : 'no token';
  if (status === 401 && headers['www-authenticate'] === undefined) return 'no challenge';
  return 'token' in parsed || typeof parsed['error'] !== 'string' ? 'no error body' : null;
}

async function judge(request: RandomRequest): Promise<void> {
  const answer = await sendRaw(server.url, bytesOf(request));
  seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
  const fault = faultOf(request, answer);
  if (fault !== null) throw new Error(`${fault}: ${answer.text.slice(0, 400)}`);
}

test('P-35, P-37, P-38: any request near the token path is answered in JSON, with no 403 and no redirect', async () => {
  await fc.assert(fc.asyncProperty(randomRequest, judge), {
    numRuns: RUNS,
    endOnFailure: true,
    examples: [[OVERSIZED]],
  });
}, 120_000);

test('P-35, P-37, P-38: the same with a login that is good', async () => {
  const withLogin = randomRequest.map((request) => ({
    ...request,
    headers: [...request.headers.filter((line) => !line.startsWith('Authorization')), login],
  }));
  await fc.assert(fc.asyncProperty(withLogin, judge), { numRuns: RUNS, endOnFailure: true });
}, 120_000);

test('the requests reached every answer that there is', () => {
  expect([...seen.keys()].toSorted((a, b) => a - b)).toEqual([...ALLOWED]);
});

test('and nothing went wrong behind them', () => {
  expect(server.logged.lines().filter(({ level }) => level === 'error')).toEqual([]);
});
