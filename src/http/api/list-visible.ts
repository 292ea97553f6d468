import { ACCESS, type AccessLevel } from '../../policy/facts.ts';
import type { GroupQuery } from '../../store/listing.ts';
import type { UserCaller } from './caller.ts';

/** What the caller must be in whatever is listed. All that is said counts; nothing: what the caller may see is listed. */
export interface HeldAs {
  /** Any member. */
  readonly member?: boolean | undefined;
  readonly owned?: boolean | undefined;
  readonly min_access_level?: AccessLevel | undefined;
}

export function seenOrHeld(
  { user }: UserCaller,
  { member, owned, min_access_level: minimum }: HeldAs,
  now: number,
): Pick<GroupQuery, 'visibleTo' | 'heldBy'> {
  const levels: readonly AccessLevel[] = [
    ...(member ? [ACCESS.guest] : []),
    ...(owned ? [ACCESS.owner] : []),
    ...(minimum === undefined ? [] : [minimum]),
  ];
  const highest = levels.reduce((a, b) => (a > b ? a : b), ACCESS.none as AccessLevel);
  if (highest !== ACCESS.none) return { heldBy: { userId: user.id, minimum: highest, now } };
  return user.admin ? {} : { visibleTo: { userId: user.id, external: user.external, now } };
}
