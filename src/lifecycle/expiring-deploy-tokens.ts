import type { LifecycleDependencies } from './dependencies.ts';

const DAY = 86_400_000;

/** How many live deploy tokens end or want a new secret within so many days; null while the store cannot tell. */
export function createExpiringCount({
  store,
  clock,
}: Pick<LifecycleDependencies, 'store' | 'clock'>): (days: number) => Promise<number | null> {
  return (days) => {
    const now = clock.now();
    return store.deployTokens.expiring(now + days * DAY + 1, { offset: 0, limit: 1 }, now).then(
      ({ total }) => total,
      () => null,
    );
  };
}
