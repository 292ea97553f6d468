import type { Page, Slice } from '../../store/ports.ts';
import type { GroupRecord, MemberSource, ProjectRecord } from '../../store/records.ts';
import { maySee } from './access.ts';
import type { UserCaller } from './caller.ts';
import { sliceOfVisible, toPage, type PageRequest } from './pagination.ts';
import { ok, type ApiDependencies, type Reply } from './route.ts';

export interface VisibleList<T> {
  readonly kind: MemberSource['kind'];
  read(page: Page): Promise<Slice<T>>;
  present(record: T): unknown;
}

/** The page of a list of groups or projects that is left of it for this caller. */
export async function listVisible<T extends GroupRecord | ProjectRecord>(
  deps: ApiDependencies,
  caller: UserCaller,
  query: PageRequest,
  { kind, read, present }: VisibleList<T>,
): Promise<Reply> {
  const page = toPage(query);
  const visible = ({ id, visibility }: T) => maySee(deps, caller, { kind, id }, visibility);
  const { items, total } = caller.user.admin
    ? await read(page)
    : await sliceOfVisible(read, visible, page);
  return { ...ok(items.map(present)), slice: { ...query, total } };
}
