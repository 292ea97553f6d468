/** Who there is, and what they may see by GitLab's rules of membership and visibility. */
import type { World } from '../../../support/world.ts';
import type { Place, Tenant } from './places.ts';

export const LEVELS = {
  Guest: 10,
  Planner: 15,
  Reporter: 20,
  Developer: 30,
  Maintainer: 40,
  Owner: 50,
} as const;
export type Role = keyof typeof LEVELS;

export interface Person {
  readonly id: number;
  readonly admin: boolean;
  readonly external: boolean;
  readonly tenant: Tenant | null;
  readonly groupRole: Role | null;
  /** As a member of the project alone; a group's members have their role there too. */
  readonly projectRole: Role | null;
}

export const STRANGER: Person = {
  id: 0,
  admin: false,
  external: false,
  tenant: null,
  groupRole: null,
  projectRole: null,
};

export function roleIn(person: Person, place: Place, kind: 'project' | 'group'): number {
  if (place.tenant === null) return 0;
  if (person.admin) return LEVELS.Owner;
  if (person.tenant !== place.tenant) return 0;
  const roles = [person.groupRole, kind === 'project' ? person.projectRole : null];
  return Math.max(0, ...roles.map((role) => (role === null ? 0 : LEVELS[role])));
}

export const sees = (person: Person, place: Place, kind: 'project' | 'group'): boolean =>
  place.tenant !== null &&
  (place.visibility === 'public' ||
    (place.visibility === 'internal' && !person.external) ||
    roleIn(person, place, kind) > 0);

/** Usernames hold no tenant's name: everybody may list users, and no answer may name the tenant of others. */
export async function makePeople(world: World) {
  const make = async (username: string, more: Partial<Person> = {}): Promise<Person> => {
    const { admin = false, external = false } = more;
    const { id } = await world.user(username, { admin, external });
    return { ...STRANGER, ...more, id };
  };
  const roles = Object.keys(LEVELS) as Role[];
  const direct = ['Owner', 'Maintainer', 'Developer', 'Guest'] as const;
  return {
    inGroup: await Promise.all(
      roles.map((role) => make(`group-${role}`, { tenant: 'acme', groupRole: role })),
    ),
    inProject: await Promise.all(
      direct.map((role) => make(`project-${role}`, { tenant: 'acme', projectRole: role })),
    ),
    admin: await make('boss', { admin: true }),
    abroad: await make('abroad', { tenant: 'globex', groupRole: 'Owner' }),
    loner: await make('loner'),
    visitor: await make('visitor', { external: true }),
    former: await make('former'),
    blocked: await make('blocked', { tenant: 'acme', groupRole: 'Owner' }),
    guinea: await make('guinea'),
    newcomer: await make('newcomer'),
  };
}

export type People = Awaited<ReturnType<typeof makePeople>>;
