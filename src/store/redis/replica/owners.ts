import type { ProjectRecord, UserRecord } from '../../records.ts';
import type { Database } from '../../embedded/database.ts';
import { remembering } from '../../embedded/memory.ts';
import type { Read } from '../../embedded/reader.ts';
import { PROJECT_COLUMNS, projectRecord, type ProjectRow } from '../../embedded/rows.ts';
import { USER_COLUMNS, userRecord, type UserRow } from '../../embedded/rows.ts';
import type { Version } from '../../embedded/version.ts';

export interface Owners {
  /** null: there is none, or it is gone. */
  readonly user: UserRecord | null;
  readonly project: ProjectRecord | null;
}

/** The user and the project of a job, of one moment. */
export type OwnersOf = (job: {
  readonly userId: number | null;
  readonly projectId: number;
}) => Promise<Owners>;

export function createOwnersOf(
  db: Database,
  read: Read,
  version: Pick<Version, 'current'>,
): OwnersOf {
  const find = db.prepare<[user: string | null, project: string | null]>(
    `SELECT (SELECT json_array(${USER_COLUMNS}) FROM users u WHERE u.id = json_extract(?1, '$[0]')),
       (SELECT json_array(${PROJECT_COLUMNS}) FROM projects p WHERE p.id = json_extract(?1, '$[1]'))`,
  );
  const recall = remembering(version, (ids): Owners => {
    const [user, project] = find.get(ids) ?? [null, null];
    return {
      user: user === null ? null : userRecord(JSON.parse(user) as UserRow),
      project: project === null ? null : projectRecord(JSON.parse(project) as ProjectRow),
    };
  });
  return ({ userId, projectId }) =>
    read(() => recall(`[${userId},${projectId}]`) ?? { user: null, project: null });
}
