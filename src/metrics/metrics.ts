/** The metrics of one server, in the text format of Prometheus. docs/metrics.md says what each means. */
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { OnStoreCall } from '../store/ports.ts';
import type { CountTokenRequest, MetricsPage } from './ports.ts';
import { registerState, type StateSource } from './state.ts';
import { registerStoreCalls } from './store-calls.ts';
import { registerTokenRequests } from './token-requests.ts';

export interface Metrics extends MetricsPage {
  readonly countTokenRequest: CountTokenRequest;
  readonly onStoreCall: OnStoreCall;
  /** Once, when there is a store and keys to watch. */
  watch(source: StateSource): void;
}

/** Callers that come while a page is being made get the same page. */
function shared<T>(make: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () =>
    (running ??= make().finally(() => {
      running = null;
    }));
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const countTokenRequest = registerTokenRequests(registry);
  const onStoreCall = registerStoreCalls(registry);
  collectDefaultMetrics({ register: registry });
  return {
    countTokenRequest,
    onStoreCall,
    watch: (source) => registerState(registry, source),
    contentType: registry.contentType,
    text: shared(() => registry.metrics()),
  };
}
