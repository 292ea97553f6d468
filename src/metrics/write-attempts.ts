import { Counter, type Registry } from 'prom-client';
import type { CountWriteAttempt } from './ports.ts';

/** Both series are there from the start, at zero, so that a rate sees the first attempt. */
export function registerWriteAttempts(registry: Registry): CountWriteAttempt {
  const counter = new Counter({
    name: 'wharfpass_ended_job_write_attempts_total',
    help: 'Attempts to push or delete with the password of a job that has ended, by whether one revoked it.',
    labelNames: ['revoked'],
    registers: [registry],
  });
  for (const revoked of ['false', 'true']) counter.inc({ revoked }, 0);
  return (revoked) => counter.inc({ revoked: String(revoked) });
}
