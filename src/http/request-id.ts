import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** Short names for requests, unique across processes, that a person can read out. */
export function createRequestIds(): () => string {
  const start = randomBytes(4).toString('hex');
  let count = 0;
  return () => `${start}-${(++count).toString(36)}`;
}

const HEADER = 'X-Request-Id';

export function nameRequest(res: ServerResponse, id: string): void {
  res.setHeader(HEADER, id);
}

/** Of a request that has been named; '' of another. */
export const requestIdOf = (res: ServerResponse): string => String(res.getHeader(HEADER) ?? '');
