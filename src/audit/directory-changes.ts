/** Changes that the directory file made, as events: one for each, in the name of the system. */
import type { DirectoryChange, PathRef, UserFields, UserRef } from '../store/directory-change.ts';
import type { Directory } from '../store/ports.ts';
import type { RecordChange } from './changes.ts';
import type { ChangeType, Details, Target } from './events.ts';

type Names = Pick<Directory, 'user' | 'userByUsername' | 'group' | 'project'>;

/** Ids of what the changes name, as it is afterwards; what is gone by then has a path and no id. */
function createTargets(directory: Names) {
  const known = new Map<string, Promise<Target>>();
  const remember = (key: string, find: () => Promise<Target>): Promise<Target> => {
    const found = known.get(key) ?? find();
    known.set(key, found);
    return found;
  };
  return {
    user: (ref: UserRef): Promise<Target> =>
      remember(`user ${ref}`, async () => {
        const byId = typeof ref === 'number';
        const user = await (byId ? directory.user(ref) : directory.userByUsername(ref));
        return { kind: 'user', id: user?.id ?? null, path: user?.username ?? String(ref) };
      }),
    source: (kind: 'group' | 'project', ref: PathRef): Promise<Target> =>
      remember(`${kind} ${ref}`, async () => {
        const found = await directory[kind](ref);
        return { kind, id: found?.id ?? null, path: found?.fullPath ?? String(ref) };
      }),
  };
}

/** What an update of a user is called: a change of state is what matters most in it. */
export function userChange({ state }: Partial<UserFields>): ChangeType {
  if (state === undefined) return 'user.updated';
  return state === 'active' ? 'user.unblocked' : 'user.blocked';
}

type Targets = ReturnType<typeof createTargets>;
type Described = readonly [type: ChangeType, target: Target, details: Details];

async function ofUser(
  targets: Targets,
  change: Extract<DirectoryChange, { kind: `user.${string}` }>,
): Promise<Described> {
  switch (change.kind) {
    case 'user.create':
      return ['user.created', await targets.user(change.username), {}];
    case 'user.delete':
      return ['user.deleted', await targets.user(change.user), {}];
    case 'user.update': {
      const fields = Object.keys(change.fields);
      return [userChange(change.fields), await targets.user(change.user), { fields }];
    }
  }
}

async function ofPlace(
  targets: Targets,
  change: Extract<DirectoryChange, { kind: `group.${string}` | `project.${string}` }>,
): Promise<Described> {
  switch (change.kind) {
    case 'group.create':
      return ['group.created', await targets.source('group', change.fullPath), {}];
    case 'group.update': {
      const fields = Object.keys(change.fields);
      return ['group.updated', await targets.source('group', change.group), { fields }];
    }
    case 'group.delete':
      return ['group.deleted', await targets.source('group', change.group), {}];
    case 'project.create':
      return ['project.created', await targets.source('project', change.fullPath), {}];
    case 'project.update': {
      const fields = Object.keys(change.fields);
      return ['project.updated', await targets.source('project', change.project), { fields }];
    }
    case 'project.delete':
      return ['project.deleted', await targets.source('project', change.project), {}];
  }
}

async function ofMember(
  targets: Targets,
  change: Extract<DirectoryChange, { kind: `member.${string}` }>,
): Promise<Described> {
  const { kind, ref } = change.source;
  const target = await targets.source(kind, ref);
  const { id, path } = await targets.user(change.user);
  const member = { user_id: id, user: path };
  if (change.kind === 'member.remove') return ['member.deleted', target, member];
  // Whether the member is new is not known for a change that may be either.
  const type = change.create === true ? 'member.created' : 'member.updated';
  return [type, target, { ...member, access_level: change.accessLevel }];
}

async function ofRules(
  targets: Targets,
  change: Extract<DirectoryChange, { kind: `allowlist.${string}` | `protection.${string}` }>,
): Promise<Described> {
  switch (change.kind) {
    case 'allowlist.set':
    case 'allowlist.remove': {
      const target = await targets.source('project', change.target);
      const { id, path } = await targets.source(change.source.kind, change.source.ref);
      const source = { source: change.source.kind, source_id: id, source_path: path };
      if (change.kind === 'allowlist.remove') {
        return ['allowlist.changed', target, { change: 'removed', ...source }];
      }
      const set = { change: 'set', ...source, policies: change.policies };
      return ['allowlist.changed', target, set];
    }
    case 'protection.set':
    case 'protection.remove': {
      const target = await targets.source('project', change.project);
      const set = change.kind === 'protection.set';
      const pattern = set ? change.fields.pattern : change.pattern;
      const details = { change: set ? 'set' : 'removed', rule: change.rule, pattern };
      return ['protection_rule.changed', target, details];
    }
  }
}

function describe(targets: Targets, change: DirectoryChange): Promise<Described> {
  switch (change.kind) {
    case 'user.create':
    case 'user.update':
    case 'user.delete':
      return ofUser(targets, change);
    case 'group.create':
    case 'group.update':
    case 'group.delete':
    case 'project.create':
    case 'project.update':
    case 'project.delete':
      return ofPlace(targets, change);
    case 'member.set':
    case 'member.remove':
      return ofMember(targets, change);
    case 'allowlist.set':
    case 'allowlist.remove':
    case 'protection.set':
    case 'protection.remove':
      return ofRules(targets, change);
  }
}

/** Call it after the changes have been applied. */
export async function recordDirectoryChanges(
  audit: RecordChange,
  directory: Names,
  { changes, file }: { readonly changes: readonly DirectoryChange[]; readonly file: string },
): Promise<void> {
  const targets = createTargets(directory);
  for (const change of changes) {
    const [type, target, details] = await describe(targets, change);
    audit(type, target, { ...details, file });
  }
}
