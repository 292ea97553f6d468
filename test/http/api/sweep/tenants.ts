/** The two tenants: the same things on both sides, with members, and a place where there is nothing. */
import type { DirectoryChange } from '../../../../src/store/directory-change.ts';
import type { World } from '../../../support/world.ts';
import { furnish } from './furnish.ts';
import { LEVELS, type People, type Person } from './people.ts';
import { makePlaces, type Place, type Tenant, type Visibility } from './places.ts';

export interface Places {
  /** Private, of acme: where the roles are. */
  readonly home: Place;
  /** Another private one of acme. */
  readonly sibling: Place;
  /** Private, of the other tenant. */
  readonly hidden: Place;
  readonly internal: Place;
  readonly open: Place;
  /** Ids and paths of nothing. */
  readonly nothing: Place;
  readonly hiddenByPath: Place;
  readonly nothingByPath: Place;
}

const managedBy = 'api' as const;

const NOTHING = 999_999_999;

export function where(name: string, tenant: Tenant, visibility: Visibility, groupPath: string) {
  return { name, tenant, visibility, groupPath, projectPath: `${groupPath}/app` };
}

export function member(
  source: { kind: 'group' | 'project'; ref: string },
  { id, groupRole, projectRole }: Person,
  expiresAt: number | null = null,
): DirectoryChange {
  const role = (source.kind === 'group' ? groupRole : projectRole) ?? 'Owner';
  return { kind: 'member.set', source, user: id, accessLevel: LEVELS[role], expiresAt, managedBy };
}

export const inProject = ({ inProject: all }: People, ref: string): DirectoryChange[] =>
  all.map((person) => member({ kind: 'project', ref }, person));

/** Private, in a group of their own or below one that others see. */
const secluded = (tenant: Tenant, fullPath: string): DirectoryChange[] => {
  const group = { name: `${tenant} secluded`, visibility: 'private' } as const;
  const project = {
    ...group,
    registryAccess: 'enabled',
    archived: false,
    jobsEnabled: true,
    allowlistEnabled: true,
    autoDevops: false,
    autoDeployToken: null,
    jobTokenAfterJob: 'none',
  } as const;
  return [
    { kind: 'group.create', fullPath, fields: group, managedBy },
    { kind: 'project.create', fullPath: `${fullPath}/lib`, fields: project, managedBy },
  ];
};

export async function makeTenants(world: World, guinea: Person): Promise<Places> {
  await world.apply(...secluded('acme', 'acme-shared'), ...secluded('globex', 'globex-shared'));
  const made = await makePlaces(
    world,
    [
      where('their own private', 'acme', 'private', 'acme'),
      where('another private', 'acme', 'private', 'acme/team'),
      where("the other tenant's private", 'globex', 'private', 'globex'),
      where("the other tenant's internal", 'globex', 'internal', 'initech'),
      where("the other tenant's public", 'globex', 'public', 'hooli'),
    ],
    guinea.id,
  );
  await world.apply(
    ...secluded('globex', 'initech/globex-den'),
    ...secluded('globex', 'hooli/globex-den'),
  );
  const full = await Promise.all(made.map((place) => furnish(world, place, guinea.id)));
  const [home, sibling, hidden, internal, open] = full;
  if (!home || !sibling || !hidden || !internal || !open) throw new Error('a place is missing');
  const nothing: Place = {
    ...where('a', 'globex', 'private', 'sirius'),
    name: 'what does not exist',
    tenant: null,
    ids: Object.fromEntries(Object.keys(home.ids).map((key) => [key, NOTHING])),
  };
  const byPath = (place: Place): Place => ({
    ...place,
    name: `${place.name}, by path`,
    byPath: true,
  });
  const named = { hiddenByPath: byPath(hidden), nothingByPath: byPath(nothing) };
  return { home, sibling, hidden, internal, open, nothing, ...named };
}
