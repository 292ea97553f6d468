/** The store's terms → records of a file. What has its default is left out, and so is what is none. */
import { ACCESS } from '../policy/facts.ts';
import type { BulkEntries, BulkEntry, BulkKind, PlaceName } from '../store/bulk.ts';

/** A record as it stands in the file: its keys in a fixed order. */
export type PlainRecord = Readonly<Record<string, unknown>>;

const iso = (time: number | null | undefined): string | undefined =>
  time === null || time === undefined ? undefined : new Date(time).toISOString();

/** undefined where it is the default. */
const unless = <T>(value: T, usual: T): T | undefined => (value === usual ? undefined : value);

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const holder = ({ kind, fullPath }: PlaceName): PlainRecord => ({ [kind]: fullPath });

const role = (level: number | null): string | undefined =>
  level === null ? undefined : Object.entries(ACCESS).find(([, value]) => value === level)?.[0];

interface Kept {
  readonly managedBy?: string | undefined;
  readonly createdAt?: number | undefined;
}

const kept = ({ managedBy, createdAt }: Kept) => ({
  managed_by: unless(managedBy, 'api'),
  created_at: iso(createdAt),
});

export interface RecordOptions {
  /** Whether password hashes come along. */
  readonly credentials: boolean;
}

const user = (entry: BulkEntries['users'], { credentials }: RecordOptions) => ({
  username: entry.username,
  name: unless(entry.name, entry.username),
  email: entry.email ?? undefined,
  state: unless(entry.state, 'active'),
  admin: unless(entry.admin, false),
  external: unless(entry.external, false),
  two_factor: unless(entry.twoFactor, false),
  password_hash: credentials ? entry.passwordHash : undefined,
  ...kept(entry),
});

const group = (entry: BulkEntries['groups']) => ({
  path: entry.fullPath,
  name: unless(entry.name, lastPart(entry.fullPath)),
  visibility: unless(entry.visibility, 'private'),
  ...kept(entry),
});

const project = (entry: BulkEntries['projects']) => ({
  path: entry.fullPath,
  name: unless(entry.name, lastPart(entry.fullPath)),
  visibility: unless(entry.visibility, 'private'),
  registry_access: unless(entry.registryAccess, 'enabled'),
  archived: unless(entry.archived, false),
  jobs_enabled: unless(entry.jobsEnabled, true),
  job_token_allowlist_enabled: unless(entry.allowlistEnabled, true),
  auto_devops: unless(entry.autoDevops, false),
  auto_deploy_token: entry.autoDeployToken ?? undefined,
  auto_deploy_token_declined: unless(entry.autoTokenDeclined, false),
  job_token_after_job: unless(entry.jobTokenAfterJob, 'none'),
  ...kept(entry),
});

const member = (entry: BulkEntries['members']) => ({
  ...holder(entry.source),
  user: entry.username,
  access: role(entry.accessLevel),
  expires_at: iso(entry.expiresAt),
  ...kept(entry),
});

const allowlistEntry = (entry: BulkEntries['job_token_allowlist']) => ({
  project: entry.target,
  [`from_${entry.source.kind}`]: entry.source.fullPath,
  permissions: entry.policies ?? 'all',
  managed_by: unless(entry.managedBy, 'api'),
});

const rule = (entry: BulkEntries['protection_rules']) => ({
  project: entry.project,
  kind: entry.rule,
  pattern: entry.pattern,
  push: role(entry.minimumAccessLevelForPush),
  delete: role(entry.minimumAccessLevelForDelete),
  managed_by: unless(entry.managedBy, 'api'),
});

const deployToken = (entry: BulkEntries['deploy_tokens']) => ({
  ...holder(entry.holder),
  name: entry.name,
  username: entry.username ?? undefined,
  scopes: entry.scopes,
  expires_at: iso(entry.expiresAt),
  revoked_at: iso(entry.revokedAt),
  created_by: entry.createdBy ?? undefined,
  origin: unless(entry.origin, 'manual'),
  rotate_every: entry.rotateEvery ?? undefined,
  created_at: iso(entry.createdAt),
  secrets: entry.secrets.map((secret) =>
    present({
      hash: secret.hash,
      created_at: iso(secret.createdAt),
      expires_at: iso(secret.expiresAt),
    }),
  ),
});

const accessToken = (entry: BulkEntries['personal_access_tokens']) => ({
  user: entry.username,
  name: entry.name,
  description: entry.description ?? undefined,
  scopes: entry.scopes,
  expires_at: iso(entry.expiresAt),
  revoked_at: iso(entry.revokedAt),
  created_at: iso(entry.createdAt),
  hash: entry.hash,
  family: entry.family ?? undefined,
});

const MAKERS: {
  readonly [K in BulkKind]: (entry: BulkEntries[K], options: RecordOptions) => PlainRecord;
} = {
  users: user,
  groups: group,
  projects: project,
  members: member,
  job_token_allowlist: allowlistEntry,
  protection_rules: rule,
  deploy_tokens: deployToken,
  personal_access_tokens: accessToken,
};

function present(record: PlainRecord): PlainRecord {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

export function toRecord(kind: BulkKind, entry: BulkEntry, options: RecordOptions): PlainRecord {
  const make = MAKERS[kind] as (entry: BulkEntry, options: RecordOptions) => PlainRecord;
  return present(make(entry, options));
}

/** Characters that JSON takes as they are and YAML 1.2 does not print (section 5.1, c-printable). */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

const json = (value: unknown): string =>
  JSON.stringify(value).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** One line of a file: a flow mapping, which is both JSON and YAML. */
export function recordLine(record: PlainRecord): string {
  const fields = Object.entries(record).map(([key, value]) => `"${key}": ${json(value)}`);
  return `- {${fields.join(', ')}}\n`;
}
