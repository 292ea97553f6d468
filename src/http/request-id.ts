import { randomBytes } from 'node:crypto';

/** Short names for requests, unique across processes, that a person can read out. */
export function createRequestIds(): () => string {
  const start = randomBytes(4).toString('hex');
  let count = 0;
  return () => `${start}-${(++count).toString(36)}`;
}
