import { AppError } from '../../errors.ts';
import { ACCESS } from '../../policy/facts.ts';
import type { MemberRecord, MemberSource } from '../../store/records.ts';
import { everyRecord } from './pagination.ts';
import type { ApiDependencies } from './route.ts';

/**
 * GitLab's rule: a group always has an Owner, of its own or of a group above it, so the last one neither goes nor steps
 * down. Projects have no such rule: the Owners of their group are theirs.
 *
 * @param held of the one who would go or step down
 * @throws AppError `forbidden`, to administrators as well
 */
export async function mustNotBeLastOwner(
  { store, clock }: ApiDependencies,
  source: MemberSource,
  held: MemberRecord,
): Promise<void> {
  const now = clock.now();
  const ended = held.expiresAt !== null && held.expiresAt <= now;
  if (source.kind === 'project' || held.accessLevel < ACCESS.owner || ended) return;
  const { directory } = store;
  const parent = (await directory.group(source.id))?.parentId ?? null;
  if (parent !== null) {
    const above = { kind: 'group', id: parent } as const;
    if ((await directory.accessLevel(held.userId, above, now)) >= ACCESS.owner) return;
  }
  const options = { inherited: true, now };
  const all = everyRecord((page) => directory.members(source, page, options));
  for await (const { userId, accessLevel } of all) {
    if (userId !== held.userId && accessLevel >= ACCESS.owner) return;
  }
  const why = 'this is the last Owner of the group: make somebody else an Owner first';
  throw new AppError('forbidden', `403 Forbidden - ${why}`);
}
