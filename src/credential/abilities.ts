/** What a credential may be used for in a registry at all, before anybody asks what its owner may do. */
import type { Ability } from './principal.ts';

/** Scopes that open the registry; every other scope opens nothing here. A null prototype, so no name is inherited. */
const BY_SCOPE: Readonly<Record<string, readonly Ability[]>> = Object.assign(Object.create(null), {
  api: ['read_container_image', 'create_container_image', 'admin_container_image'],
  read_api: ['read_container_image'],
  read_registry: ['read_container_image'],
  write_registry: ['create_container_image'],
});

/** A password stands for all that its user may do. */
export const PASSWORD_ABILITIES: ReadonlySet<Ability> = new Set([
  'read_container_image',
  'create_container_image',
  'admin_container_image',
]);

/** A job has names of its own (JOB-14), so that nothing granted to users leaks into builds or back. */
export const JOB_ABILITIES: ReadonlySet<Ability> = new Set([
  'build_read_container_image',
  'build_create_container_image',
  'build_destroy_container_image',
]);

/** Worked out once for each list of scopes: the store hands out the same list as long as a token does not change. */
function memoized(
  abilitiesOf: (scopes: readonly string[]) => ReadonlySet<Ability>,
): typeof abilitiesOf {
  const known = new WeakMap<readonly string[], ReadonlySet<Ability>>();
  return (scopes) => {
    const abilities = known.get(scopes) ?? abilitiesOf(scopes);
    known.set(scopes, abilities);
    return abilities;
  };
}

/** The union of what the scopes of a personal access token open. */
export const abilitiesOfScopes = memoized(
  (scopes) => new Set(scopes.flatMap((scope) => BY_SCOPE[scope] ?? [])),
);

/** A deploy token never gets what only `api` gives, whatever its stored scopes say (CD-05). */
export const abilitiesOfDeployToken = memoized((scopes) =>
  abilitiesOfScopes(scopes.filter((s) => s === 'read_registry' || s === 'write_registry')),
);
