/** Changes that the directory file made, as events: one for each, in the name of the system. */
import type { DirectoryChange, DirectorySnapshot, UserFields } from '../store/directory-change.ts';
import { changeOf } from './change-of.ts';
import type { RecordChange } from './changes.ts';
import { createTargets, type Names, type Targets } from './directory-targets.ts';
import type { ChangeType, Details, Target } from './events.ts';
import { createStatesBefore, type StatesBefore } from './states-before.ts';

/** What an update of a user is called: a change of state is what matters most in it. */
export function userChange({ state }: Partial<UserFields>): ChangeType {
  if (state === undefined) return 'user.updated';
  return state === 'active' ? 'user.unblocked' : 'user.blocked';
}

interface Known {
  readonly targets: Targets;
  readonly before: StatesBefore;
}
type Described = readonly [type: ChangeType, target: Target, details: Details];

async function ofUser(
  { targets, before }: Known,
  change: Extract<DirectoryChange, { kind: `user.${string}` }>,
): Promise<Described> {
  if (change.kind === 'user.create') {
    const { username, fields } = change;
    const told = changeOf('user', null, { username, ...fields });
    return ['user.created', await targets.user(username), told];
  }
  const was = before.user(change.user);
  const target = await targets.user(change.user);
  if (change.kind === 'user.delete') {
    before.ended('user', change.user);
    return ['user.deleted', target, changeOf('user', was, null)];
  }
  const { fields } = change;
  const told = changeOf('user', was, { ...was, ...fields });
  return [userChange(fields), target, { fields: Object.keys(fields), ...told }];
}

async function ofGroup(
  { targets, before }: Known,
  change: Extract<DirectoryChange, { kind: `group.${string}` }>,
): Promise<Described> {
  if (change.kind === 'group.create') {
    const { fullPath, fields } = change;
    const told = changeOf('group', null, { fullPath, ...fields });
    return ['group.created', await targets.source('group', fullPath), told];
  }
  const was = before.group(change.group);
  const target = await targets.source('group', change.group);
  if (change.kind === 'group.delete') {
    before.ended('group', change.group);
    return ['group.deleted', target, changeOf('group', was, null)];
  }
  const told = changeOf('group', was, { ...was, ...change.fields });
  return ['group.updated', target, { fields: Object.keys(change.fields), ...told }];
}

async function ofProject(
  { targets, before }: Known,
  change: Extract<DirectoryChange, { kind: `project.${string}` }>,
): Promise<Described> {
  if (change.kind === 'project.create') {
    const { fullPath, fields } = change;
    const told = changeOf('project', null, { fullPath, ...fields });
    return ['project.created', await targets.source('project', fullPath), told];
  }
  const was = before.project(change.project);
  const target = await targets.source('project', change.project);
  if (change.kind === 'project.delete') {
    before.ended('project', change.project);
    return ['project.deleted', target, changeOf('project', was, null)];
  }
  const told = changeOf('project', was, { ...was, ...change.fields });
  return ['project.updated', target, { fields: Object.keys(change.fields), ...told }];
}

async function ofMember(
  { targets, before }: Known,
  change: Extract<DirectoryChange, { kind: `member.${string}` }>,
): Promise<Described> {
  const { kind, ref } = change.source;
  const target = await targets.source(kind, ref);
  const { id, path } = await targets.user(change.user);
  const member = { user_id: id, user: path };
  const was = before.member(change.source, change.user);
  if (change.kind === 'member.remove') {
    return ['member.deleted', target, { ...member, ...changeOf('member', was, null) }];
  }
  const { accessLevel, expiresAt } = change;
  const told = changeOf('member', was, { accessLevel, expiresAt });
  // Whether the member is new is not known for a change that may be either.
  const type = change.create === true ? 'member.created' : 'member.updated';
  return [type, target, { ...member, access_level: accessLevel, ...told }];
}

async function ofEntry(
  { targets, before }: Known,
  change: Extract<DirectoryChange, { kind: `allowlist.${string}` }>,
): Promise<Described> {
  const target = await targets.source('project', change.target);
  const { id, path } = await targets.source(change.source.kind, change.source.ref);
  const source = { source: change.source.kind, source_id: id, source_path: path };
  const was = before.entry(change.target, change.source);
  if (change.kind === 'allowlist.remove') {
    const told = changeOf('allowlist_entry', was, null);
    return ['allowlist.changed', target, { change: 'removed', ...source, ...told }];
  }
  const { policies } = change;
  const told = changeOf('allowlist_entry', was, { policies });
  return ['allowlist.changed', target, { change: 'set', ...source, policies, ...told }];
}

async function ofRule(
  { targets, before }: Known,
  change: Extract<DirectoryChange, { kind: `protection.${string}` }>,
): Promise<Described> {
  const target = await targets.source('project', change.project);
  const set = change.kind === 'protection.set';
  const pattern = set ? change.fields.pattern : change.pattern;
  const was = before.rule(change.project, change.rule, pattern);
  const told = changeOf('protection_rule', was, set ? change.fields : null);
  const details = { change: set ? 'set' : 'removed', rule: change.rule, pattern, ...told };
  return ['protection_rule.changed', target, details];
}

function describe(known: Known, change: DirectoryChange): Promise<Described> {
  switch (change.kind) {
    case 'user.create':
    case 'user.update':
    case 'user.delete':
      return ofUser(known, change);
    case 'group.create':
    case 'group.update':
    case 'group.delete':
      return ofGroup(known, change);
    case 'project.create':
    case 'project.update':
    case 'project.delete':
      return ofProject(known, change);
    case 'member.set':
    case 'member.remove':
      return ofMember(known, change);
    case 'allowlist.set':
    case 'allowlist.remove':
      return ofEntry(known, change);
    case 'protection.set':
    case 'protection.remove':
      return ofRule(known, change);
  }
}

export interface AppliedChanges {
  readonly changes: readonly DirectoryChange[];
  /** What the directory said of these objects before. */
  readonly before: DirectorySnapshot;
  readonly file: string;
}

/** Call it after the changes have been applied. */
export async function recordDirectoryChanges(
  audit: RecordChange,
  directory: Names,
  { changes, before, file }: AppliedChanges,
): Promise<void> {
  const known = { targets: createTargets(directory), before: createStatesBefore(before) };
  for (const change of changes) {
    const [type, target, details] = await describe(known, change);
    audit(type, target, { ...details, file });
  }
}
