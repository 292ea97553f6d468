/** Statements that exist twice: for what hangs on a project, and for what hangs on a group. */
import type { MemberSource } from '../records.ts';
import type { Database, Statement } from './database.ts';

export type BySource<Row extends readonly unknown[]> = Readonly<
  Record<MemberSource['kind'], Statement<Row>>
>;

/** `sql` gets the name of the column that refers to the source. */
export function prepareBySource<Row extends readonly unknown[]>(
  db: Database,
  sql: (column: 'project_id' | 'group_id') => string,
): BySource<Row> {
  return { project: db.prepare(sql('project_id')), group: db.prepare(sql('group_id')) };
}

/** The values of the two columns of which one is null. */
export function sourceColumns(
  source: MemberSource,
): readonly [projectId: number | null, groupId: number | null] {
  return source.kind === 'project' ? [source.id, null] : [null, source.id];
}
