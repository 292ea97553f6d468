/** A plan in words, one line a change, for people: `+` begins, `~` changes, `-` ends. */
import { ACCESS } from '../policy/facts.ts';
import type { DirectoryChange, DirectorySnapshot, SourceRef } from '../store/directory-change.ts';
import { keyOf } from './references.ts';

/** @param current what the plan starts from, for the old values */
export function printPlan(changes: readonly DirectoryChange[], current: DirectorySnapshot): string {
  return changes.map((change) => printChange(change, current)).join('\n');
}

function printChange(change: DirectoryChange, current: DirectorySnapshot): string {
  switch (change.kind) {
    case 'user.create':
      return `+ user ${change.username}${traits(change.fields)}`;
    case 'group.create':
      return `+ group ${change.fullPath} (${change.fields.visibility})`;
    case 'project.create':
      return `+ project ${change.fullPath} (${change.fields.visibility})`;
    case 'user.update':
      return `~ user ${change.user}: ${updates(userNamed(current, change.user), change.fields)}`;
    case 'group.update':
      return `~ group ${change.group}: ${updates(pathNamed(current.groups, change.group), change.fields)}`;
    case 'project.update':
      return `~ project ${change.project}: ${updates(pathNamed(current.projects, change.project), change.fields)}`;
    case 'user.delete':
      return `- user ${change.user}`;
    case 'group.delete':
      return `- group ${change.group}`;
    case 'project.delete':
      return `- project ${change.project}`;
    default:
      return printDetail(change, current);
  }
}

type Detail = Exclude<DirectoryChange, { kind: `${'user' | 'group' | 'project'}.${string}` }>;

function printDetail(change: Detail, current: DirectorySnapshot): string {
  switch (change.kind) {
    case 'member.set': {
      const old = current.members.find(
        ({ source, username }) => same(source, change.source) && sameName(username, change.user),
      );
      const was = old === undefined ? '' : `${membership(old)} → `;
      const sign = old === undefined ? '+' : '~';
      return `${sign} member ${change.user} of ${named(change.source)}: ${was}${membership(change)}`;
    }
    case 'member.remove':
      return `- member ${change.user} of ${named(change.source)}`;
    case 'allowlist.set':
      return `${entrySign(change, current)} job token allowlist of ${change.target}: ${named(change.source)}, ${change.policies === null ? 'all' : change.policies.join(' ') || 'no permission'}`;
    case 'allowlist.remove':
      return `- job token allowlist of ${change.target}: ${named(change.source)}`;
    case 'protection.set':
      return `${ruleSign(change, current)} protected ${change.rule} of ${change.project}: ${change.fields.pattern}${least(change.fields)}`;
    case 'protection.remove':
      return `- protected ${change.rule} of ${change.project}: ${change.pattern}`;
  }
}

function named({ kind, ref }: SourceRef): string {
  return `${kind} ${ref}`;
}

function sameName(a: string | number, b: string | number): boolean {
  return keyOf(String(a)) === keyOf(String(b));
}

function same(a: { kind: string; fullPath: string }, b: SourceRef): boolean {
  return a.kind === b.kind && sameName(a.fullPath, b.ref);
}

function userNamed(current: DirectorySnapshot, name: string | number): object {
  return current.users.find(({ username }) => sameName(username, name)) ?? {};
}

function pathNamed(list: readonly { fullPath: string }[], path: string | number): object {
  return list.find(({ fullPath }) => sameName(fullPath, path)) ?? {};
}

function entrySign(change: Detail & { kind: 'allowlist.set' }, current: DirectorySnapshot): string {
  const known = current.allowlist.some(
    (each) => sameName(each.target, change.target) && same(each.source, change.source),
  );
  return known ? '~' : '+';
}

function ruleSign(change: Detail & { kind: 'protection.set' }, current: DirectorySnapshot): string {
  const known = current.protection.some(
    (each) =>
      sameName(each.project, change.project) &&
      each.rule === change.rule &&
      each.pattern === change.fields.pattern,
  );
  return known ? '~' : '+';
}

function roleName(level: number | null): string {
  return Object.entries(ACCESS).find(([, value]) => value === level)?.[0] ?? String(level);
}

function membership(member: { accessLevel: number; expiresAt: number | null }): string {
  const until =
    member.expiresAt === null ? '' : ` until ${new Date(member.expiresAt).toISOString()}`;
  return roleName(member.accessLevel) + until;
}

function least(rule: {
  minimumAccessLevelForPush: number | null;
  minimumAccessLevelForDelete: number | null;
}): string {
  const push = rule.minimumAccessLevelForPush;
  const remove = rule.minimumAccessLevelForDelete;
  const parts = [
    ...(push === null ? [] : [`push from ${roleName(push)}`]),
    ...(remove === null ? [] : [`delete from ${roleName(remove)}`]),
  ];
  return ` (${parts.join(', ')})`;
}

function traits(user: { admin: boolean; external: boolean; state: string }): string {
  const parts = [
    ...(user.admin ? ['admin'] : []),
    ...(user.external ? ['external'] : []),
    ...(user.state === 'active' ? [] : [user.state]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** Settings as the file spells them; a password's hash is never printed. */
function updates(old: object, fields: object): string {
  const before = old as Record<string, unknown>;
  const parts = Object.entries(fields).map(([field, value]) =>
    field === 'passwordHash'
      ? `password ${value === null ? 'removed' : 'changed'}`
      : `${yamlName(field)} ${String(before[field])} → ${String(value)}`,
  );
  return parts.join(', ');
}

function yamlName(field: string): string {
  if (field === 'allowlistEnabled') return 'job_token_allowlist.enabled';
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
