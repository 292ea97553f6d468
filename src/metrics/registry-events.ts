import { Counter, type Registry } from 'prom-client';
import type { CountRegistryEvent } from './ports.ts';

const ACTIONS = ['pull', 'push', 'mount', 'delete'] as const;
const WRITES = ['push', 'mount', 'delete'] as const;

/** Every series is there from the start, at zero, so that a rate sees the first alert. */
export function registerRegistryEvents(registry: Registry): CountRegistryEvent {
  const counter = new Counter({
    name: 'wharfpass_registry_events_total',
    help: 'Events that registries told of and that are in the audit stream, by action and alert.',
    labelNames: ['action', 'alert'],
    registers: [registry],
  });
  for (const action of ACTIONS) counter.inc({ action, alert: 'none' }, 0);
  for (const action of WRITES) {
    counter.inc({ action, alert: 'job_ended' }, 0);
    counter.inc({ action, alert: 'unknown_job' }, 0);
  }
  return (action, alert) => counter.inc({ action, alert });
}
