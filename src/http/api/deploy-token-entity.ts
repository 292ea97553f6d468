import { z } from 'zod';
import { rotationDueAt } from '../../lifecycle/rotation.ts';
import type { DeployTokenRecord, MemberSource, SecretRecord } from '../../store/records.ts';
import { id as idSchema, shownOnce, timestamp } from './answer-fields.ts';
import { toIso } from './fields.ts';

const DAY = 86_400;

const presentSecret = ({ id, createdAt, lastUsedAt, expiresAt }: SecretRecord) => ({
  id,
  created_at: toIso(createdAt),
  last_used_at: toIso(lastUsedAt),
  expires_at: toIso(expiresAt),
});

const fields = {
  id: idSchema,
  name: z.string().meta({ example: 'cluster' }),
  username: z.string().meta({ example: 'gitlab+deploy-token-7' }),
  expires_at: timestamp.nullable(),
  scopes: z.array(z.string()).meta({ example: ['read_registry'] }),
  revoked: z.boolean().meta({ example: false }),
  expired: z.boolean().meta({ example: false }),
  created_at: timestamp,
  origin: z.enum(['manual', 'auto']),
  rotate_every_days: z.int().nullable().meta({ example: 90 }),
  rotation_due_at: timestamp.nullable(),
  secrets: z.array(
    z.strictObject({
      id: idSchema,
      created_at: timestamp,
      last_used_at: timestamp.nullable(),
      expires_at: timestamp.nullable(),
    }),
  ),
};

export const deployTokenSchema = z.strictObject(fields).meta({ id: 'DeployToken' });
export const newDeployTokenSchema = z
  .strictObject({ ...fields, token: shownOnce })
  .meta({ id: 'NewDeployToken' });
/** Nobody is shown the secret of an automatic token. */
export const rotatedDeployTokenSchema = z
  .strictObject({ ...fields, token: shownOnce.optional() })
  .meta({ id: 'RotatedDeployToken' });
export const expiringDeployTokenSchema = z
  .strictObject({
    ...fields,
    holder: z.strictObject({
      kind: z.enum(['project', 'group']),
      id: idSchema,
      full_path: z.string().nullable().meta({ example: 'acme/app' }),
    }),
  })
  .meta({ id: 'ExpiringDeployToken' });

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
