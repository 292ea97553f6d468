/** One page of a list of users, groups or projects, by offset or by keyset, as GitLab gives it. */
import { AppError } from '../../errors.ts';
import type { Listing, ListQuery } from '../../store/listing.ts';
import { orderOf, readCursor, writeCursor, type OrderRequest } from './list-fields.ts';
import { COUNTED, toPage } from './pagination.ts';
import { ok, type Reply } from './route.ts';

/** GitLab's limit: further on, a page costs more than it is worth. */
const MAX_OFFSET = 50_000;

export type PageOf<By extends string> = Pick<
  ListQuery<By>,
  'offset' | 'limit' | 'after' | 'countTo'
> & {
  readonly order: { readonly by: Exclude<By, 'created_at'> | 'id'; readonly descending: boolean };
};

interface Source<By extends string, T> {
  read(page: PageOf<By>): Promise<Listing<T>>;
  present(record: T): unknown;
  /** True: the next page is asked for by `id_after` or `id_before` where the order is that of ids (GitLab's projects). */
  readonly byId?: boolean;
}

async function keysetPage<By extends string, T>(
  query: OrderRequest<By>,
  { read, present, byId = false }: Source<By, T>,
): Promise<Reply> {
  const order = orderOf(query);
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor, order);
  if (after === null) {
    throw new AppError(
      'bad_request',
      'cursor is invalid: take it from the Link of the page before',
    );
  }
  const { items, next } = await read({
    offset: 0,
    limit: query.per_page,
    after,
    countTo: 0,
    order,
  });
  const further = (): Readonly<Record<string, string>> | null => {
    if (next === null) return null;
    if (!byId || order.by !== 'id') return { cursor: writeCursor(next) };
    return { [order.descending ? 'id_before' : 'id_after']: String(next.id) };
  };
  return { ...ok(items.map(present)), next: further() };
}

export async function listPage<By extends string, T>(
  query: OrderRequest<By>,
  source: Source<By, T>,
): Promise<Reply> {
  if (query.pagination === 'keyset') return keysetPage(query, source);
  if (query.cursor !== undefined) {
    throw new AppError('bad_request', 'cursor is invalid: it goes with pagination=keyset');
  }
  const { offset, limit } = toPage(query);
  if (offset > MAX_OFFSET) {
    const why = `Offset pagination ends at ${MAX_OFFSET} records: for the rest, use pagination=keyset`;
    throw new AppError('method_not_allowed', why);
  }
  const page = { offset, limit, countTo: COUNTED + 1, order: orderOf(query) };
  const { items, total, next } = await source.read(page);
  const slice = { page: query.page, per_page: query.per_page, total, more: next !== null };
  return { ...ok(items.map(source.present)), slice };
}
