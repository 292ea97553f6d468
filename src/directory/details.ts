/** Changes to what hangs on a user, group or project: members, allowlist entries, protection rules. */
import type { DirectoryChange, DirectorySnapshot } from '../store/directory-change.ts';

type Member = DirectorySnapshot['members'][number];
type Entry = DirectorySnapshot['allowlist'][number];
type Rule = DirectorySnapshot['protection'][number];
type Source = Member['source'];

export const FILE = { managedBy: 'file' } as const;

function refOf({ kind, fullPath }: Source) {
  return { kind, ref: fullPath };
}

export function setMember({ source, username, accessLevel, expiresAt }: Member): DirectoryChange {
  const what = { source: refOf(source), user: username, accessLevel, expiresAt };
  return { ...FILE, kind: 'member.set', ...what };
}

export function removeMember({ source, username }: Member): DirectoryChange {
  return { kind: 'member.remove', source: refOf(source), user: username };
}

export function setEntry({ target, source, policies }: Entry): DirectoryChange {
  return { ...FILE, kind: 'allowlist.set', target, source: refOf(source), policies };
}

export function removeEntry({ target, source }: Entry): DirectoryChange {
  return { kind: 'allowlist.remove', target, source: refOf(source) };
}

export function setRule({ project, rule, ...fields }: Rule): DirectoryChange {
  return { ...FILE, kind: 'protection.set', project, rule, fields };
}

export function removeRule({ project, rule, pattern }: Rule): DirectoryChange {
  return { kind: 'protection.remove', project, rule, pattern };
}
