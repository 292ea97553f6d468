import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { PersonalAccessTokenRecord } from '../../store/records.ts';
import { dateOrTimestamp, id as idSchema, shownOnce, timestamp } from './answer-fields.ts';
import type { UserCaller } from './caller.ts';
import { toIso, toIsoDate } from './fields.ts';
import type { ApiDependencies } from './route.ts';

const fields = {
  id: idSchema,
  name: z.string().meta({ example: 'laptop' }),
  description: z.string().nullable(),
  revoked: z.boolean().meta({ example: false }),
  created_at: timestamp,
  scopes: z.array(z.string()).meta({ example: ['read_registry', 'write_registry'] }),
  user_id: idSchema,
  last_used_at: timestamp.nullable(),
  active: z.boolean(),
  expires_at: dateOrTimestamp.nullable(),
};

export const personalAccessTokenSchema = z.strictObject(fields).meta({ id: 'PersonalAccessToken' });
export const newPersonalAccessTokenSchema = z
  .strictObject({ ...fields, token: shownOnce })
  .meta({ id: 'NewPersonalAccessToken' });

/** A token in GitLab's shape, without its secret. */
export async function presentToken(
  { store, clock }: ApiDependencies,
  token: PersonalAccessTokenRecord,
) {
  const user = await store.directory.user(token.userId);
  const expired = token.expiresAt !== null && token.expiresAt <= clock.now();
  return {
    id: token.id,
    name: token.name,
    description: token.description,
    revoked: token.revokedAt !== null,
    created_at: toIso(token.createdAt),
    scopes: token.scopes,
    user_id: token.userId,
    last_used_at: toIso(token.lastUsedAt),
    active: token.revokedAt === null && !expired && user?.state === 'active',
    expires_at: toIsoDate(token.expiresAt),
  };
}

/** What an audit event says that it is about. */
export const auditTarget = ({ id, name: path }: PersonalAccessTokenRecord) =>
  ({ kind: 'personal_access_token', id, path }) as const;

/** A token that is somebody else's looks like one that does not exist, but to administrators; GitLab says 401. */
export async function tokenFor(
  { store }: ApiDependencies,
  { user }: UserCaller,
  id: number,
): Promise<PersonalAccessTokenRecord> {
  const token = await store.personalAccessTokens.find(id);
  if (token !== null && (user.admin || token.userId === user.id)) return token;
  throw user.admin
    ? new AppError('not_found', '404 Personal Access Token Not Found')
    : new AppError('unauthorized', '401 Unauthorized');
}
