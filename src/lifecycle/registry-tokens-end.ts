import type { LifecycleDependencies } from './dependencies.ts';

/** When the last registry token is dead that was given out until now, in milliseconds; nobody can end one sooner. */
export function registryTokensEnd({
  settings,
  clock,
}: Pick<LifecycleDependencies, 'settings' | 'clock'>): number {
  const { pull, push, delete: remove } = settings.token.ttl;
  return clock.now() + Math.max(pull, push, remove) * 1000;
}
