/** How long this process could do nothing at all: on a busy machine others have the processor. */
import { performance } from 'node:perf_hooks';

const EVERY = 5;

let total = 0;
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  total += Math.max(0, now - last - 2 * EVERY);
  last = now;
}, EVERY).unref();

/** @returns a function that gives the milliseconds of standstill since now */
export function stalledSince(): () => number {
  const before = total;
  return () => total - before + Math.max(0, performance.now() - last - 2 * EVERY);
}
