import { randomInt } from 'node:crypto';
import { until } from '../../../support/redis/child.ts';
import type { Credential, Instance } from './credentials.ts';

/** Until every instance says that it serves and admits what was never ended: else a refusal would show nothing. */
export async function whenServing(
  instances: readonly Instance[],
  living: readonly Credential[],
  patience = 30_000,
): Promise<void> {
  const serves = async (instance: Instance): Promise<boolean> => {
    const { jobTokens, storedTokens } = await instance.serving();
    return jobTokens.served && storedTokens.served;
  };
  const admits = async (instance: Instance): Promise<boolean> =>
    (await Promise.all(living.map((one) => one.isAdmitted(instance)))).every(Boolean);
  await Promise.all(
    instances.map((instance) =>
      until(
        'an instance that serves',
        async () => (await serves(instance)) && admits(instance),
        patience,
      ),
    ),
  );
}

/** So many of them, by chance; all where there are fewer. */
export function sampleOf<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  return Array.from({ length: count }, () => items[randomInt(items.length)] as T);
}
