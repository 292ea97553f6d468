import { z } from 'zod';

/** Scopes that GitLab's tokens can have and that would mean nothing here. */
const OF_GITLAB: ReadonlySet<string> = new Set([
  'ai_features',
  'admin_mode',
  'create_runner',
  'k8s_proxy',
  'manage_runner',
  'read_observability',
  'read_package_registry',
  'read_service_ping',
  'read_virtual_registry',
  'sudo',
  'write_observability',
  'write_package_registry',
  'write_repository',
  'write_virtual_registry',
]);

/** At least one of the scopes; a scope that only GitLab has is refused by its name. */
export function scopeList<const T extends readonly string[]>(known: T) {
  return z
    .array(
      z.enum(known, {
        error: ({ input }) =>
          typeof input === 'string' && OF_GITLAB.has(input)
            ? `${input} has no meaning here; the scopes are ${known.join(', ')}`
            : `the scopes are ${known.join(', ')}`,
      }),
      { error: 'must be a list of scopes' },
    )
    .min(1, `must name at least one of ${known.join(', ')}`)
    .max(known.length * 2, 'names too many scopes');
}
