import { Counter, type Registry } from 'prom-client';

/** What the audit stream has counted since the start. */
export interface AuditSource {
  /** Every type is there, at 0 too. */
  readonly counts: ReadonlyMap<string, number>;
  /** Events that could not be written. */
  lost(): number;
}

export function registerAudit(registry: Registry, source: AuditSource): void {
  const events = new Counter({
    name: 'wharfpass_audit_events_total',
    help: 'Events of the audit stream, by type.',
    labelNames: ['type'],
    registers: [registry],
    collect() {
      events.reset();
      for (const [type, count] of source.counts) events.inc({ type }, count);
    },
  });
  const lost = new Counter({
    name: 'wharfpass_audit_lost_events_total',
    help: 'Events that could not be written into the files of the audit stream.',
    registers: [registry],
    collect() {
      lost.reset();
      lost.inc(source.lost());
    },
  });
}
