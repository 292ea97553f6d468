/** What the lists of users, groups and projects take besides a page: order, position, filters. */
import { z } from 'zod';
import type { ListQuery, Position } from '../../store/listing.ts';
import { accessLevel, flag, pageFields, positiveId, text, visibility } from './fields.ts';

/** Ids are given in order of creation, so GitLab sorts by id where it is asked for `created_at`. */
const columnOf = <By extends string>(by: By): Exclude<By, 'created_at'> | 'id' =>
  by === 'created_at' ? 'id' : (by as Exclude<By, 'created_at'>);

/** @param first what the list is ordered by where nobody says otherwise */
export const orderFields = <By extends string>(
  names: readonly [By, ...By[]],
  first: { readonly by: NoInfer<By>; readonly sort: 'asc' | 'desc' },
) => ({
  ...pageFields,
  order_by: z
    .enum(names)
    .meta({ description: '`created_at` is the order of ids.' })
    .default(first.by as never),
  sort: z.enum(['asc', 'desc']).default(first.sort),
  cursor: z
    .string()
    .max(1_500)
    .meta({ description: 'From the `Link` of the page before, with `pagination=keyset`.' })
    .optional(),
});

/** What fields made of `orderFields` are read as. */
export interface OrderRequest<By extends string> {
  readonly page: number;
  readonly per_page: number;
  readonly pagination: 'legacy' | 'offset' | 'keyset';
  readonly order_by: By;
  readonly sort: 'asc' | 'desc';
  readonly cursor?: string | undefined;
}

export const orderOf = <By extends string>({ order_by: by, sort }: OrderRequest<By>) => ({
  by: columnOf(by),
  descending: sort === 'desc',
});

const position = z
  .tuple([z.string().max(1_000).nullable(), z.int().positive()])
  .transform(([key, id]): Position => ({ key, id }));

export const writeCursor = ({ key, id }: Position): string =>
  Buffer.from(JSON.stringify([key, id])).toString('base64url');

/** null: no list gave this cursor. */
export function readCursor(cursor: string, order: NonNullable<ListQuery<string>['order']>) {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return null;
  }
  const { data } = position.safeParse(value);
  return data === undefined || (data.key === null) !== (order.by === 'id') ? null : data;
}

export const searchField = text(255).optional();

/** Filters that groups and projects share. */
export const placeFields = {
  search: searchField,
  visibility: visibility.optional(),
  owned: flag.meta({ description: 'Those that the caller is Owner of.' }).default(false),
  min_access_level: accessLevel
    .meta({ description: 'Those in which the caller has this level.' })
    .optional(),
};

export const idList = z.union(
  [
    z.array(positiveId).max(100),
    z
      .string()
      .regex(/^[1-9]\d{0,14}(,[1-9]\d{0,14}){0,99}$/)
      .transform((ids) => ids.split(',').map(Number)),
  ],
  { error: 'must be a list of ids, at most 100' },
);
