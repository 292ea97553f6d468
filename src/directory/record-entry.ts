/** A record of a file → the store's terms. */
import type { BulkEntries, BulkEntry, BulkKind, PlaceName } from '../store/bulk.ts';
import { levelOf, type DirectoryRecord, type Records } from './record-schema.ts';

/** The keyed hash of a secret that a record brings in clear. */
export type HashClear = (secret: string) => string;

const time = (moment: string | undefined): number | null =>
  moment === undefined ? null : Date.parse(moment);
const born = (moment: string | undefined): number | undefined =>
  moment === undefined ? undefined : Date.parse(moment);

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The schema has seen to it that one of the two is there. */
const place = (project: string | undefined, group: string | undefined): PlaceName =>
  project === undefined
    ? { kind: 'group', fullPath: group ?? '' }
    : { kind: 'project', fullPath: project };

const user = (record: Records['users']): BulkEntries['users'] => ({
  username: record.username,
  name: record.name ?? record.username,
  email: record.email ?? null,
  state: record.state,
  admin: record.admin,
  external: record.external,
  twoFactor: record.two_factor,
  passwordHash: record.password_hash,
  managedBy: record.managed_by,
  createdAt: born(record.created_at),
});

const group = (record: Records['groups']): BulkEntries['groups'] => ({
  fullPath: record.path,
  name: record.name ?? lastPart(record.path),
  visibility: record.visibility,
  managedBy: record.managed_by,
  createdAt: born(record.created_at),
});

const project = (record: Records['projects']): BulkEntries['projects'] => ({
  fullPath: record.path,
  name: record.name ?? lastPart(record.path),
  visibility: record.visibility,
  registryAccess: record.registry_access,
  archived: record.archived,
  jobsEnabled: record.jobs_enabled,
  allowlistEnabled: record.job_token_allowlist_enabled,
  autoDevops: record.auto_devops,
  autoDeployToken: record.auto_deploy_token,
  autoTokenDeclined: record.auto_deploy_token_declined,
  jobTokenAfterJob: record.job_token_after_job,
  managedBy: record.managed_by,
  createdAt: born(record.created_at),
});

const member = (record: Records['members']): BulkEntries['members'] => ({
  source: place(record.project, record.group),
  username: record.user,
  accessLevel: levelOf(record.access),
  expiresAt: time(record.expires_at),
  managedBy: record.managed_by,
  createdAt: born(record.created_at),
});

const entry = (record: Records['job_token_allowlist']): BulkEntries['job_token_allowlist'] => ({
  target: record.project,
  source: place(record.from_project, record.from_group),
  policies: record.permissions === 'all' ? null : record.permissions,
  managedBy: record.managed_by,
});

const rule = (record: Records['protection_rules']): BulkEntries['protection_rules'] => ({
  project: record.project,
  rule: record.kind,
  pattern: record.pattern,
  minimumAccessLevelForPush: record.push === undefined ? null : levelOf(record.push),
  minimumAccessLevelForDelete: record.delete === undefined ? null : levelOf(record.delete),
  managedBy: record.managed_by,
});

function deployToken(
  record: Records['deploy_tokens'],
  hashOf: HashClear,
): BulkEntries['deploy_tokens'] {
  const { secret, secrets = [] } = record;
  return {
    holder: place(record.project, record.group),
    name: record.name,
    username: record.username ?? null,
    scopes: [...new Set(record.scopes)],
    expiresAt: time(record.expires_at),
    revokedAt: time(record.revoked_at),
    createdBy: record.created_by ?? null,
    origin: record.origin,
    rotateEvery: record.rotate_every ?? null,
    createdAt: born(record.created_at),
    secrets:
      secret === undefined
        ? secrets.map((one) => ({
            hash: one.hash,
            createdAt: born(one.created_at),
            expiresAt: time(one.expires_at),
          }))
        : [{ hash: hashOf(secret), createdAt: born(record.created_at), expiresAt: null }],
  };
}

const accessToken = (
  record: Records['personal_access_tokens'],
  hashOf: HashClear,
): BulkEntries['personal_access_tokens'] => ({
  username: record.user,
  name: record.name,
  description: record.description ?? null,
  scopes: record.scopes,
  hash: record.secret === undefined ? (record.hash ?? '') : hashOf(record.secret),
  expiresAt: time(record.expires_at),
  revokedAt: time(record.revoked_at),
  createdAt: born(record.created_at),
  family: record.family ?? null,
});

const MAKERS: { readonly [K in BulkKind]: (record: Records[K], hashOf: HashClear) => BulkEntry } = {
  users: user,
  groups: group,
  projects: project,
  members: member,
  job_token_allowlist: entry,
  protection_rules: rule,
  deploy_tokens: deployToken,
  personal_access_tokens: accessToken,
};

/** @param record of this kind, as its schema made it */
export function toEntry(kind: BulkKind, record: DirectoryRecord, hashOf: HashClear): BulkEntry {
  const make = MAKERS[kind] as (record: DirectoryRecord, hashOf: HashClear) => BulkEntry;
  return make(record, hashOf);
}

/** Whether the record holds hashes that are worth something under the keys alone that made them. */
export const needsKeys = (record: DirectoryRecord): boolean =>
  'secrets' in record || 'hash' in record || 'family' in record;
