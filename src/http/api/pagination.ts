/** GitLab's offset pagination: `page` and `per_page`, and the headers that clients walk by. */
import { setImmediate } from 'node:timers/promises';
import type { Page, Slice } from '../../store/ports.ts';

export interface PageRequest {
  /** From 1. */
  readonly page: number;
  readonly per_page: number;
}

/** A slice of a list that a request asked for. */
export interface PageReply extends PageRequest {
  /** Records in the whole list; above COUNTED, any number above it. */
  readonly total: number;
  /** Whether a page follows. Default: as `total` says. */
  readonly more?: boolean;
}

/** GitLab says how many records there are up to this many; clients do without in longer lists. */
export const COUNTED = 10_000;

/** Where nothing else is known, `pagination=keyset` gives numbered pages too, as on GitLab: its clients follow `Link`. */
export const toPage = ({ page, per_page }: PageRequest): Page => ({
  offset: (page - 1) * per_page,
  limit: per_page,
});

/**
 * @param url of the request, absolute; its `page` and `per_page` are replaced in the links
 */
export function paginationHeaders(
  { page, per_page, total, more }: PageReply,
  url: URL,
): Record<string, string> {
  const pages = Math.max(1, Math.ceil(total / per_page));
  const next = (more ?? page < pages) ? page + 1 : null;
  const counted = total <= COUNTED;
  const previous = page > 1 && (!counted || page - 1 <= pages) ? page - 1 : null;
  const link = (target: number, rel: string): string => {
    const at = new URL(url);
    at.searchParams.set('page', String(target));
    at.searchParams.set('per_page', String(per_page));
    return `<${at.href}>; rel="${rel}"`;
  };
  const links = [
    ...(previous === null ? [] : [link(previous, 'prev')]),
    ...(next === null ? [] : [link(next, 'next')]),
    link(1, 'first'),
    ...(counted ? [link(pages, 'last')] : []),
  ];
  return {
    ...(counted && { 'X-Total': String(total), 'X-Total-Pages': String(pages) }),
    'X-Page': String(page),
    'X-Per-Page': String(per_page),
    'X-Next-Page': next === null ? '' : String(next),
    'X-Prev-Page': previous === null ? '' : String(previous),
    Link: links.join(', '),
  };
}

/** @param params what the next request has otherwise than this one */
export function nextLink(params: Readonly<Record<string, string>>, url: URL): string {
  const at = new URL(url);
  for (const [name, value] of Object.entries(params)) at.searchParams.set(name, value);
  return `<${at.href}>; rel="next"`;
}

/** Records read at once while a list is filtered. */
const CHUNK = 100;

/** Every record of a list, a chunk at a time; other requests run in between. */
export async function* everyRecord<T>(
  read: (page: Page) => Promise<Slice<T>>,
): AsyncGenerator<T, void> {
  for (let offset = 0; ; offset += CHUNK) {
    const { items, total } = await read({ offset, limit: CHUNK });
    yield* items;
    if (items.length === 0 || offset + CHUNK >= total) return;
    await setImmediate();
  }
}

/** The slice of a list that is left when only some of its records may be seen. */
export async function sliceOfVisible<T>(
  read: (page: Page) => Promise<Slice<T>>,
  visible: (record: T) => Promise<boolean>,
  { offset, limit }: Page,
): Promise<Slice<T>> {
  const items: T[] = [];
  let total = 0;
  for await (const record of everyRecord(read)) {
    if (!(await visible(record))) continue;
    if (total >= offset && items.length < limit) items.push(record);
    total++;
  }
  return { items, total };
}
