/** What hangs on a path, as entries. The alias of its own table is `x`. */
import type { AccessLevel } from '../../policy/facts.ts';
import type { BulkEntry, PlaceName } from '../bulk.ts';
import type { DeployTokenOrigin, ManagedBy } from '../records.ts';
import type { Source } from './bulk-read-places.ts';
import { readPolicies } from './link-rows.ts';

type Kind = PlaceName['kind'];

const HERE = `iif(r.project_id IS NULL, 'group', 'project'), ifnull(hp.full_path, hg.full_path)`;
const JOIN_HERE = `LEFT JOIN projects hp ON hp.id = r.project_id LEFT JOIN groups hg ON hg.id = r.group_id`;
const ON_PLACE = '(x.project_id = r.project_id OR x.group_id = r.group_id)';

/** Sixteen digits hold every moment, so that texts sort as the moments do. */
const BORN = `printf('%016d', x.created_at)`;

type MemberRow = [Kind, string, string, AccessLevel, number | null, ManagedBy, number];

function memberEntry(row: MemberRow): BulkEntry<'members'> {
  const [kind, fullPath, username, accessLevel, expiresAt, managedBy, createdAt] = row;
  return { source: { kind, fullPath }, username, accessLevel, expiresAt, managedBy, createdAt };
}

type AllowlistRow = [target: string, Kind, string, policies: string | null, ManagedBy];

function allowlistEntry(row: AllowlistRow): BulkEntry<'job_token_allowlist'> {
  const [target, kind, fullPath, policies, managedBy] = row;
  return { target, source: { kind, fullPath }, policies: readPolicies(policies), managedBy };
}

type Level = AccessLevel | null;
type RuleRow = [string, 'repository' | 'tag', pattern: string, Level, Level, ManagedBy];

function ruleEntry(row: RuleRow): BulkEntry<'protection_rules'> {
  const [project, rule, pattern, push, del, managedBy] = row;
  return {
    project,
    rule,
    pattern,
    minimumAccessLevelForPush: push,
    minimumAccessLevelForDelete: del,
    managedBy,
  };
}

type DeployTokenRow = [
  Kind,
  fullPath: string,
  name: string,
  username: string,
  scopes: string,
  expiresAt: number | null,
  revokedAt: number | null,
  createdBy: string | null,
  createdAt: number,
  DeployTokenOrigin,
  rotateEvery: number | null,
  secrets: [hash: string, createdAt: number, expiresAt: number | null][],
];

function deployTokenEntry(row: DeployTokenRow): BulkEntry<'deploy_tokens'> {
  const [kind, fullPath, name, username, scopes, expiresAt, revokedAt, createdBy] = row;
  return {
    holder: { kind, fullPath },
    name,
    username,
    scopes: JSON.parse(scopes) as string[],
    expiresAt,
    revokedAt,
    createdBy,
    createdAt: row[8],
    origin: row[9],
    rotateEvery: row[10],
    secrets: row[11].map(([hash, born, end]) => ({ hash, createdAt: born, expiresAt: end })),
  };
}

type AccessTokenRow = [
  username: string,
  name: string,
  description: string | null,
  scopes: string,
  hash: string,
  expiresAt: number | null,
  revokedAt: number | null,
  createdAt: number,
  family: string | null,
];

function accessTokenEntry(row: AccessTokenRow): BulkEntry<'personal_access_tokens'> {
  const [username, name, description, scopes, hash, expiresAt, revokedAt, createdAt] = row;
  return {
    username,
    name,
    description,
    scopes: JSON.parse(scopes) as string[],
    hash,
    expiresAt,
    revokedAt,
    createdAt,
    family: row[8],
  };
}

const MEMBERS: Source = {
  columns: `${HERE}, u.username, x.access_level, x.expires_at, x.managed_by, x.created_at`,
  joined: `members x ON ${ON_PLACE} CROSS JOIN users u ON u.id = x.user_id ${JOIN_HERE}`,
  key: 'lower(u.username)',
  toEntry: (row) => memberEntry(JSON.parse(row) as MemberRow),
};

const ALLOWLIST: Source = {
  columns: `hp.full_path, iif(x.project_id IS NULL, 'group', 'project'), ifnull(sp.full_path, sg.full_path),
    x.policies, x.managed_by`,
  joined: `allowlist x ON x.target_id = r.project_id LEFT JOIN projects sp ON sp.id = x.project_id
    LEFT JOIN groups sg ON sg.id = x.group_id ${JOIN_HERE}`,
  key: `iif(x.project_id IS NULL, 'group ', 'project ') || lower(ifnull(sp.full_path, sg.full_path))`,
  toEntry: (row) => allowlistEntry(JSON.parse(row) as AllowlistRow),
};

const RULES: Source = {
  columns: `hp.full_path, x.kind, x.pattern, x.minimum_for_push, x.minimum_for_delete, x.managed_by`,
  joined: `protection_rules x ON x.project_id = r.project_id ${JOIN_HERE}`,
  key: `x.kind || ' ' || x.pattern`,
  toEntry: (row) => ruleEntry(JSON.parse(row) as RuleRow),
};

const DEPLOY_TOKENS: Source = {
  columns: `${HERE}, x.name, x.username, x.scopes, x.expires_at, x.revoked_at,
    (SELECT username FROM users WHERE id = x.created_by), x.created_at, x.origin, x.rotate_every,
    json((SELECT json_group_array(json_array(s.hash, s.created_at, s.expires_at) ORDER BY s.id)
      FROM deploy_token_secrets s WHERE s.token_id = x.id))`,
  joined: `deploy_tokens x ON ${ON_PLACE} ${JOIN_HERE}`,
  key: `x.name || char(1) || ${BORN} ||
    (SELECT min(s.hash) FROM deploy_token_secrets s WHERE s.token_id = x.id)`,
  toEntry: (row) => deployTokenEntry(JSON.parse(row) as DeployTokenRow),
};

/** Those that a server makes for its own administrator stay on it: `name` is theirs (lifecycle/admin-token.ts). */
const ADMINISTRATION = `(r.path = 'root' AND (x.name = 'administration' OR x.name LIKE 'administration (instance %'))`;

/** The first of a family stands before the others, which refer to it. */
const ACCESS_TOKENS: Source = {
  columns: `u.username, x.name, x.description, x.scopes, x.hash, x.expires_at, x.revoked_at, x.created_at,
    (SELECT hash FROM personal_access_tokens WHERE id = x.family_id AND id <> x.id)`,
  joined: `personal_access_tokens x ON x.user_id = r.user_id AND NOT ${ADMINISTRATION}
    CROSS JOIN users u ON u.id = x.user_id`,
  key: `iif(x.family_id IS NULL, '0', '1') || ${BORN} || x.hash`,
  toEntry: (row) => accessTokenEntry(JSON.parse(row) as AccessTokenRow),
};

export const LINKS = {
  members: MEMBERS,
  job_token_allowlist: ALLOWLIST,
  protection_rules: RULES,
  deploy_tokens: DEPLOY_TOKENS,
  personal_access_tokens: ACCESS_TOKENS,
} as const;
