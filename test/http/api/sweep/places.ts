/** Projects and groups with everything in them that a route can name, so that each route has something to reach. */
import type { DirectoryChange } from '../../../../src/store/directory-change.ts';
import type { World } from '../../../support/world.ts';

export type Tenant = 'acme' | 'globex';
export type Visibility = 'private' | 'internal' | 'public';

/** Where a request goes to: ids for the parameters of a path, by the path up to and with the parameter. */
export interface Place {
  readonly name: string;
  /** null: there is nothing. */
  readonly tenant: Tenant | null;
  readonly visibility: Visibility;
  readonly groupPath: string;
  readonly projectPath: string;
  readonly ids: Readonly<Record<string, number>>;
  /** True: the request names it by its path and not by its number. */
  readonly byPath?: boolean;
}

export interface Where {
  readonly name: string;
  readonly tenant: Tenant;
  readonly visibility: Visibility;
  readonly groupPath: string;
  readonly projectPath: string;
}

const managedBy = 'api' as const;
const PROJECT = {
  registryAccess: 'enabled',
  archived: false,
  jobsEnabled: true,
  allowlistEnabled: true,
  autoDevops: false,
  autoDeployToken: false,
  jobTokenAfterJob: 'read',
} as const;

/** Members, rules and entries go in at once with the group and the project. */
function changesFor({ groupPath, projectPath, visibility, tenant }: Where, user: number) {
  const group = { kind: 'group', ref: groupPath } as const;
  const project = { kind: 'project', ref: projectPath } as const;
  const member = { kind: 'member.set', user, accessLevel: 30, expiresAt: null, managedBy } as const;
  const entry = { kind: 'allowlist.set', target: projectPath, policies: null, managedBy } as const;
  const levels = { minimumAccessLevelForPush: 40, minimumAccessLevelForDelete: 50 } as const;
  const rule = { kind: 'protection.set', project: projectPath, managedBy } as const;
  const name = `Things of ${groupPath}`;
  return {
    '/groups/:id': {
      kind: 'group.create',
      fullPath: groupPath,
      fields: { name, visibility },
      managedBy,
    },
    '/projects/:id': {
      kind: 'project.create',
      fullPath: projectPath,
      fields: { ...PROJECT, name, visibility },
      managedBy,
    },
    '/groups/:id/members/:user_id': { ...member, source: group },
    '/projects/:id/members/:user_id': { ...member, source: project },
    '/projects/:id/job_token_scope/allowlist/:target_id': {
      ...entry,
      source: { kind: 'project', ref: `${tenant}-shared/lib` },
    },
    '/projects/:id/job_token_scope/groups_allowlist/:target_id': {
      ...entry,
      source: { kind: 'group', ref: `${tenant}-shared` },
    },
    '/projects/:id/registry/protection/repository/rules/:rule_id': {
      ...rule,
      rule: 'repository',
      fields: { ...levels, pattern: `${projectPath}/kept*` },
    },
    '/projects/:id/registry/protection/tag/rules/:rule_id': {
      ...rule,
      rule: 'tag',
      fields: { ...levels, pattern: `${groupPath.replaceAll('/', '-')}-*` },
    },
  } as const satisfies Record<string, DirectoryChange>;
}

/** Makes the places in one step, and then `more`. Deploy tokens and jobs come later (furnish.ts). */
export async function makePlaces(
  { store, clock }: World,
  wheres: readonly Where[],
  user: number,
  more: readonly DirectoryChange[] = [],
): Promise<readonly Place[]> {
  const all = wheres.map((where) => changesFor(where, user));
  const ids = await store.directory.apply(
    [...all.flatMap((changes): DirectoryChange[] => Object.values(changes)), ...more],
    clock.now(),
  );
  let next = 0;
  const places: Place[] = [];
  for (const [index, where] of wheres.entries()) {
    const own = Object.keys(all[index] ?? {}).map((key) => [key, ids[next++] ?? 0] as const);
    const members = own
      .filter(([key]) => key.endsWith('/members/:user_id'))
      .map(([key, id]) => [key.replace('/members/', '/members/all/'), id] as const);
    places.push({ ...where, ids: Object.fromEntries([...own, ...members]) });
  }
  return places;
}

/** The path with the ids of the place in it. */
export function fillPath(path: string, place: Place): string {
  const { name, ids, byPath = false } = place;
  return path.replace(/:\w+/g, (_parameter, at: number) => {
    const end = path.indexOf('/', at);
    const key = path.slice(0, end === -1 ? undefined : end);
    const id = ids[key];
    if (byPath && (key === '/projects/:id' || key === '/groups/:id')) {
      return encodeURIComponent(key === '/groups/:id' ? place.groupPath : place.projectPath);
    }
    if (id === undefined) throw new Error(`${name}: nothing is known for ${key}`);
    return String(id);
  });
}
