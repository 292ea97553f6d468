import { ACCESS, type AccessLevel } from '../../policy/facts.ts';
import type { GroupQuery } from '../../store/listing.ts';
import type { UserCaller } from './caller.ts';

/** @param minimum levels, all of which the caller must have in what is listed; with none, what the caller may see is. */
export function seenOrHeld(
  { user }: UserCaller,
  minimum: readonly AccessLevel[],
  now: number,
): Pick<GroupQuery, 'visibleTo' | 'heldBy'> {
  const highest = minimum.reduce((a, b) => (a > b ? a : b), ACCESS.none as AccessLevel);
  if (highest !== ACCESS.none) return { heldBy: { userId: user.id, minimum: highest, now } };
  return user.admin ? {} : { visibleTo: { userId: user.id, external: user.external, now } };
}
