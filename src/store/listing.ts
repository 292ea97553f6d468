/** What a list of users, groups or projects is asked for. Every field but the page may be left out. */
import type { AccessLevel, Visibility } from '../policy/facts.ts';
import type { UserState } from './records.ts';

/** Where a page ended: the next one starts after it, whatever was added or removed meanwhile. */
export interface Position {
  /** The value that the list is ordered by, as it is compared; null where that is the id itself. */
  readonly key: string | null;
  readonly id: number;
}

export interface ListQuery<By extends string> {
  /** Counted from the beginning of the list, or from `after`. */
  readonly offset: number;
  readonly limit: number;
  readonly after?: Position | undefined;
  /** Default: by id, lowest first. What is equal is in order of id. Texts compare without regard to ASCII case. */
  readonly order?: { readonly by: By | 'id'; readonly descending: boolean };
  /** Text that the name or path (of users: the username) holds, in any ASCII case. */
  readonly search?: string | undefined;
  readonly idAfter?: number | undefined;
  readonly idBefore?: number | undefined;
  /** Counting stops at this many records. Default: all are counted. */
  readonly countTo?: number;
}

export interface Listing<T> {
  readonly items: readonly T[];
  /** Records in the whole list, or `countTo` if there are at least so many. */
  readonly total: number;
  /** Where the page ends; null: nothing follows. */
  readonly next: Position | null;
}

/** Somebody for whom only public and, but for external users, internal objects are there, and those they are member of. */
export interface Viewer {
  readonly userId: number;
  readonly external: boolean;
  /** The moment at which a membership must be live. */
  readonly now: number;
}

/** Whose live membership reaches what is listed, there or in a group above, or the owner of its user namespace. */
export interface Holder {
  readonly userId: number;
  readonly minimum: AccessLevel;
  readonly now: number;
}

export interface UserQuery extends ListQuery<'name' | 'username'> {
  /** Exactly this one, in any case. */
  readonly username?: string | undefined;
  readonly state?: UserState | undefined;
  readonly external?: boolean | undefined;
  readonly admin?: boolean | undefined;
  /** Milliseconds since the epoch, the moment itself not included. */
  readonly createdAfter?: number | undefined;
  readonly createdBefore?: number | undefined;
}

interface PlaceQuery extends ListQuery<'name' | 'path'> {
  /** Default: everything is there. */
  readonly visibleTo?: Viewer | undefined;
  readonly heldBy?: Holder | undefined;
  readonly visibility?: Visibility | undefined;
  /** In this group; `nested`: in the groups below it too. */
  readonly under?: { readonly groupId: number; readonly nested: boolean } | undefined;
}

export interface GroupQuery extends PlaceQuery {
  /** True: those without a group above. */
  readonly topLevel?: boolean | undefined;
  /** Ids of groups to leave out. */
  readonly skip?: readonly number[] | undefined;
}

export interface ProjectQuery extends PlaceQuery {
  readonly archived?: boolean | undefined;
  /** In the user's own namespace. */
  readonly ownerId?: number | undefined;
  /** True: `search` looks at the full path. Default: at its last part. */
  readonly searchNamespaces?: boolean | undefined;
}
