import { Gauge, type Registry } from 'prom-client';

export interface DeployTokenSource {
  /** Live deploy tokens that end or want a new secret within so many days; null where the store cannot tell now. */
  expiringDeployTokens(days: number): Promise<number | null>;
}

/** Days. A fixed set: what an alert asks for must not depend on a setting. */
export const EXPIRING_WITHIN = [0, 7, 30] as const;

/** The figures move by the day, so a scrape every few seconds need not count anew. */
const FRESH = 60_000;

/** Counted when asked for, at most once a minute; without a sample while the store cannot tell. */
export function registerDeployTokens(registry: Registry, source: DeployTokenSource): void {
  let countedAt = -Infinity;
  const gauge = new Gauge({
    name: 'wharfpass_deploy_tokens_expiring',
    help: 'Live deploy tokens that end or want a new secret within the time.',
    labelNames: ['within'],
    registers: [registry],
    async collect() {
      const now = performance.now();
      if (now - countedAt < FRESH) return;
      countedAt = now;
      for (const days of EXPIRING_WITHIN) {
        const count = await source.expiringDeployTokens(days);
        if (count === null) {
          gauge.reset();
          countedAt = -Infinity;
          return;
        }
        gauge.set({ within: `${days}d` }, count);
      }
    },
  });
}
