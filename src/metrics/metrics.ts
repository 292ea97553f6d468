/** The metrics of one server, in the text format of Prometheus. docs/metrics.md says what each means. */
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { OnStoreCall } from '../store/ports.ts';
import { registerAudit, type AuditSource } from './audit.ts';
import { registerDeployTokens, type DeployTokenSource } from './deploy-tokens.ts';
import type {
  CountRateLimited,
  CountRegistryEvent,
  CountTokenRequest,
  CountWriteAttempt,
  MetricsPage,
} from './ports.ts';
import { registerRateLimited } from './rate-limited.ts';
import { registerRegistryEvents } from './registry-events.ts';
import { registerState, type StateSource } from './state.ts';
import { registerStoreCalls } from './store-calls.ts';
import { registerTokenRequests } from './token-requests.ts';
import { registerWriteAttempts } from './write-attempts.ts';

export interface Metrics extends MetricsPage {
  readonly countTokenRequest: CountTokenRequest;
  readonly countWriteAttempt: CountWriteAttempt;
  readonly countRegistryEvent: CountRegistryEvent;
  readonly countRateLimited: CountRateLimited;
  readonly onStoreCall: OnStoreCall;
  /** Once, when there is a store and keys to watch. */
  watch(source: StateSource & DeployTokenSource): void;
  /** Once, when there is an audit stream. */
  watchAudit(source: AuditSource): void;
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
  const countWriteAttempt = registerWriteAttempts(registry);
  const countRegistryEvent = registerRegistryEvents(registry);
  const countRateLimited = registerRateLimited(registry);
  const onStoreCall = registerStoreCalls(registry);
  collectDefaultMetrics({ register: registry });
  return {
    countTokenRequest,
    countWriteAttempt,
    countRegistryEvent,
    countRateLimited,
    onStoreCall,
    watch: (source) => {
      registerState(registry, source);
      registerDeployTokens(registry, source);
    },
    watchAudit: (source) => registerAudit(registry, source),
    contentType: registry.contentType,
    text: shared(() => registry.metrics()),
  };
}
