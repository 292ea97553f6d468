import { rotationDueAt } from '../../lifecycle/rotation.ts';
import type { DeployTokenRecord, MemberSource, SecretRecord } from '../../store/records.ts';
import { toIso } from './fields.ts';

const DAY = 86_400;

const presentSecret = ({ id, createdAt, lastUsedAt, expiresAt }: SecretRecord) => ({
  id,
  created_at: toIso(createdAt),
  last_used_at: toIso(lastUsedAt),
  expires_at: toIso(expiresAt),
});

/** A deploy token in GitLab's shape, with what it has here besides, and never a secret. */
export const presentDeployToken = (token: DeployTokenRecord, now: number) => ({
  id: token.id,
  name: token.name,
  username: token.username,
  expires_at: toIso(token.expiresAt),
  scopes: token.scopes,
  revoked: token.revokedAt !== null,
  expired: token.expiresAt !== null && token.expiresAt <= now,
  created_at: toIso(token.createdAt),
  origin: token.origin,
  rotate_every_days: token.rotateEvery === null ? null : token.rotateEvery / DAY,
  rotation_due_at: toIso(rotationDueAt(token)),
  secrets: token.secrets.map(presentSecret),
});

/** What an audit event says that it is about, and whose it is: a search finds it by `project_id`. */
export const auditTarget = ({ id, name: path }: DeployTokenRecord) =>
  ({ kind: 'deploy_token', id, path }) as const;
export const holderIds = (holder: MemberSource) => ({ [`${holder.kind}_id`]: holder.id });
