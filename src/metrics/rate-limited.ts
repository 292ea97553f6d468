import { Counter, type Registry } from 'prom-client';
import type { CountRateLimited } from './ports.ts';

/** Both series are there from the start, at zero, so that a rate sees the first refusal. */
export function registerRateLimited(registry: Registry): CountRateLimited {
  const counter = new Counter({
    name: 'wharfpass_api_rate_limited_total',
    help: 'Requests to the REST API that were refused because there were too many, by limit.',
    labelNames: ['limit'],
    registers: [registry],
  });
  for (const limit of ['requests', 'failures'] as const) counter.inc({ limit }, 0);
  return (limit) => counter.inc({ limit });
}
