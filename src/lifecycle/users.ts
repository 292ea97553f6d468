/** Users come, change and go. */
import { hashPassword } from '../credential/password-hash.ts';
import type { Secret } from '../credential/secret.ts';
import { AppError } from '../errors.ts';
import type { UserFields } from '../store/directory-change.ts';
import type { UserRecord } from '../store/records.ts';
import type { LifecycleDependencies } from './dependencies.ts';

type Dependencies = Pick<LifecycleDependencies, 'store' | 'clock'>;

/** A password comes in clear and is kept as a slow hash only; absent: as it is, or none. */
export type UserChange = Partial<Omit<UserFields, 'passwordHash'>> & { readonly password?: Secret };

async function toFields({ password, ...fields }: UserChange): Promise<Partial<UserFields>> {
  return password === undefined
    ? fields
    : { ...fields, passwordHash: await hashPassword(password) };
}

/** The record that a change has just touched. */
async function changed({ store }: Dependencies, id: number | undefined): Promise<UserRecord> {
  const user = id === undefined ? null : await store.directory.user(id);
  if (user === null) throw new AppError('not_found', '404 User Not Found');
  return user;
}

/** `conflict` if the name is taken by a user or group, `bad_request` if it is reserved or malformed. */
export async function createUser(
  deps: Dependencies,
  username: string,
  change: UserChange,
): Promise<UserRecord> {
  const fields: UserFields = {
    name: username,
    email: null,
    state: 'active',
    admin: false,
    external: false,
    twoFactor: false,
    passwordHash: null,
    ...(await toFields(change)),
  };
  const [id] = await deps.store.directory.apply(
    [{ kind: 'user.create', username, fields, managedBy: 'api' }],
    deps.clock.now(),
  );
  return changed(deps, id);
}

/** `not_found` if there is no such user. */
export async function updateUser(
  deps: Dependencies,
  id: number,
  change: UserChange,
): Promise<UserRecord> {
  const fields = await toFields(change);
  await deps.store.directory.apply([{ kind: 'user.update', user: id, fields }], deps.clock.now());
  return changed(deps, id);
}
