/** The directory file's terms → the store's terms. */
import { ACCESS, type AccessLevel } from '../policy/facts.ts';
import type { DirectorySnapshot } from '../store/directory-change.ts';
import type { DirectoryYaml, Role } from './schema.ts';

type Users = DirectorySnapshot['users'];
type Groups = DirectorySnapshot['groups'];
type Projects = DirectorySnapshot['projects'];
type Members = DirectorySnapshot['members'];
type Allowlist = DirectorySnapshot['allowlist'];
type Protection = DirectorySnapshot['protection'];
type ProjectYaml = DirectoryYaml['projects'][string];
type MembersYaml = ProjectYaml['members'];
type RulesYaml = ProjectYaml['protected_tags'];
type EntriesYaml = ProjectYaml['job_token_allowlist']['projects'];

/** Lists are sorted by key, like those of the store. */
export function toSnapshot(file: DirectoryYaml): DirectorySnapshot {
  const projects = sorted(file.projects);
  const groups = sorted(file.groups);
  return {
    users: sorted(file.users).map(([username, user]) => toUser(username, user)),
    groups: groups.map(([fullPath, group]) => toGroup(fullPath, group)),
    projects: projects.map(([fullPath, project]) => toProject(fullPath, project)),
    members: [
      ...groups.flatMap(([path, { members }]) => toMembers('group', path, members)),
      ...projects.flatMap(([path, { members }]) => toMembers('project', path, members)),
    ],
    allowlist: projects.flatMap(([path, { job_token_allowlist: list }]) => [
      ...toEntries(path, 'group', list.groups),
      ...toEntries(path, 'project', list.projects),
    ]),
    protection: projects.flatMap(([path, project]) => [
      ...toRules(path, 'repository', project.protected_repositories),
      ...toRules(path, 'tag', project.protected_tags),
    ]),
  };
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function lastPart(fullPath: string): string {
  return fullPath.slice(fullPath.lastIndexOf('/') + 1);
}

function toUser(username: string, user: DirectoryYaml['users'][string]): Users[number] {
  return {
    username,
    name: user.name ?? username,
    email: user.email ?? null,
    state: user.state,
    admin: user.admin,
    external: user.external,
    twoFactor: user.two_factor,
    passwordHash: user.password_hash ?? null,
  };
}

function toGroup(fullPath: string, group: DirectoryYaml['groups'][string]): Groups[number] {
  return { fullPath, name: group.name ?? lastPart(fullPath), visibility: group.visibility };
}

function toProject(fullPath: string, project: ProjectYaml): Projects[number] {
  return {
    fullPath,
    name: project.name ?? lastPart(fullPath),
    visibility: project.visibility,
    registryAccess: project.registry_access,
    archived: project.archived,
    jobsEnabled: project.jobs_enabled,
    allowlistEnabled: project.job_token_allowlist.enabled,
    autoDevops: project.auto_devops,
    autoDeployToken: project.auto_deploy_token,
    jobTokenAfterJob: project.job_token_after_job,
  };
}

function toMembers(kind: 'project' | 'group', fullPath: string, members: MembersYaml): Members {
  return sorted(members).map(([username, member]) => {
    const { access, expires_at = null } = typeof member === 'string' ? { access: member } : member;
    const expiresAt = expires_at === null ? null : Date.parse(expires_at);
    return { source: { kind, fullPath }, username, accessLevel: levelOf(access), expiresAt };
  });
}

function toEntries(target: string, kind: 'project' | 'group', entries: EntriesYaml): Allowlist {
  return sorted(entries).map(([fullPath, permissions]) => ({
    target,
    source: { kind, fullPath },
    policies: permissions === 'all' ? null : [...new Set(permissions)].toSorted(),
  }));
}

function toRules(project: string, rule: 'repository' | 'tag', rules: RulesYaml): Protection {
  return sorted(rules).map(([pattern, least]) => ({
    project,
    rule,
    pattern,
    minimumAccessLevelForPush: least.push === undefined ? null : levelOf(least.push),
    minimumAccessLevelForDelete: least.delete === undefined ? null : levelOf(least.delete),
  }));
}

function levelOf(role: Role): AccessLevel {
  return ACCESS[role];
}
