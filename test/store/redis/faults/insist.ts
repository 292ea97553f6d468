import { AppError } from '../../../../src/errors.ts';
import { expect } from '@jest/globals';
import { sleep } from '../../../support/redis/child.ts';

export const isRefusal = (error: unknown): error is AppError =>
  error instanceof AppError && error.code === 'store_unavailable';

/** Again and again while it is refused: what comes before and after a fault is not what is tried. */
export async function insist<T>(ask: () => Promise<T> | T, patience = 5000): Promise<T> {
  const giveUpAt = performance.now() + patience;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (performance.now() > giveUpAt)
        throw new Error(`refused for ${patience} ms: ${error.detail}`, { cause: error });
      await sleep(15);
    }
  }
}

/** Resolves if the domain says no in this way; a call that the store refuses to answer rejects as it is. */
export async function expectNo(code: AppError['code'], ask: () => Promise<unknown>): Promise<void> {
  const error = await ask().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (isRefusal(error)) throw error;
  expect(error).toMatchObject({ code });
}

/** The same for calls over HTTP, which reject with the answer's text. */
export async function insistOnAnswer<T>(ask: () => Promise<T>, patience = 5000): Promise<T> {
  const giveUpAt = performance.now() + patience;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!String(error).includes(': 503 ') || performance.now() > giveUpAt) throw error;
      await sleep(15);
    }
  }
}
