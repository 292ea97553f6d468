import { describe, expect, test } from '@jest/globals';
import { whenWelcome } from '../../src/cli/when-welcome.ts';

/** A server that answers with these, one after the other; what was waited for, in seconds. */
async function against(answers: readonly (readonly [status: number, retryAfter?: string])[]) {
  const told: number[] = [];
  const slept: number[] = [];
  let sent = 0;
  const response = await whenWelcome(
    async () => {
      const [status, after] = answers[Math.min(sent++, answers.length - 1)] ?? [0];
      const headers = after === undefined ? {} : { 'Retry-After': after };
      return new Response('{}', { status, headers });
    },
    {
      onWait: (seconds) => told.push(seconds),
      sleep: async (ms) => void slept.push(ms / 1000),
    },
  );
  expect(slept).toEqual(told);
  return { status: response.status, told, sent };
}

describe('what was one request too many', () => {
  test('is sent again when the server says so', async () => {
    const found = await against([[429, '42'], [429, '1'], [201]]);
    expect(found).toEqual({ status: 201, told: [42, 1], sent: 3 });
  });

  test('any other answer is the answer', async () => {
    for (const status of [200, 400, 401, 503])
      expect(await against([[status, '5']])).toEqual({ status, told: [], sent: 1 });
  });

  test('a server that does not say when is asked every ten seconds', async () => {
    for (const after of [undefined, 'soon', '-1', '1e3'])
      expect((await against([[429, after ?? ''], [200]])).told).toEqual([10]);
    expect((await against([[429, '0'], [200]])).told).toEqual([1]);
  });

  test('patience has an end', async () => {
    expect(await against([[429, '100']])).toEqual({ status: 429, told: [100, 100, 100], sent: 4 });
    expect(await against([[429, '3600']])).toEqual({ status: 429, told: [], sent: 1 });
  });
});
