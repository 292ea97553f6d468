/** A user in GitLab's shape, and what an administrator may say of one. */
import { z } from 'zod';
import { Secret } from '../../credential/secret.ts';
import type { UserChange } from '../../lifecycle/users.ts';
import type { UserRecord } from '../../store/records.ts';
import { id as idSchema, managedBy, timestamp } from './answer-fields.ts';
import { flag, optionalText, text, toIso } from './fields.ts';

export const basicUserFields = {
  id: idSchema,
  username: z.string().meta({ example: 'jane' }),
  name: z.string().meta({ example: 'Jane Doe' }),
  state: z.enum(['active', 'blocked']),
};

export const basicUserSchema = z
  .strictObject(basicUserFields)
  .meta({ id: 'BasicUser', description: 'What everybody may know of a user.' });

export const fullUserSchema = z
  .strictObject({
    ...basicUserFields,
    email: z.string().nullable(),
    created_at: timestamp,
    is_admin: z.boolean().meta({ example: false }),
    external: z.boolean().meta({ example: false }),
    two_factor_enabled: z.boolean().meta({ example: false }),
    managed_by: managedBy,
  })
  .meta({ id: 'User', description: 'What administrators and the user may know of a user.' });

/** What everybody may know of a user. */
export const basicUser = ({ id, username, name, state }: UserRecord) => ({
  id,
  username,
  name,
  state,
});

/** What administrators and the user may know besides. */
export const fullUser = (user: UserRecord) => ({
  ...basicUser(user),
  email: user.email,
  created_at: toIso(user.createdAt),
  is_admin: user.admin,
  external: user.external,
  two_factor_enabled: user.twoFactor,
  managed_by: user.managedBy,
});

/** Administrators are shown more. */
export const seenUser = z.union([fullUserSchema, basicUserSchema]);

export const seenBy = ({ admin }: Pick<UserRecord, 'admin'>) => (admin ? fullUser : basicUser);

const password = z
  .string()
  .min(8, 'must have at least 8 characters')
  .max(128, 'must have at most 128 characters')
  .transform((value) => new Secret(value));

export const userFields = {
  name: text(255).optional(),
  email: optionalText(254),
  admin: flag.optional(),
  external: flag.optional(),
  two_factor_enabled: flag.describe('True: the password alone does not log in').optional(),
  password: password.optional(),
  // Taken since GitLab's clients send them; there is no mail to confirm or reset anything by.
  reset_password: flag.optional(),
  skip_confirmation: flag.optional(),
  skip_reconfirmation: flag.optional(),
  force_random_password: flag.optional(),
};

export function toUserChange(body: z.output<z.ZodObject<typeof userFields>>): UserChange {
  const { name, email, admin, external, two_factor_enabled: twoFactor } = body;
  return {
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    ...(admin !== undefined && { admin }),
    ...(external !== undefined && { external }),
    ...(twoFactor !== undefined && { twoFactor }),
    ...(body.password !== undefined && { password: body.password }),
  };
}
