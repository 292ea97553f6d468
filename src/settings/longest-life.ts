import type { Settings } from './schema.ts';

/** No registry token lives longer, in seconds. */
export function longestLife({ pull, push, delete: remove }: Settings['token']['ttl']): number {
  return Math.max(pull, push, remove);
}
