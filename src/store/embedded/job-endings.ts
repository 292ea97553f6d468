import type { Database } from './database.ts';

/** Ends the jobs whose project or user is gone: their tokens die with what they stood for. */
export function prepareJobEndings(db: Database): (now: number) => void {
  const end = db.prepare(
    `UPDATE jobs SET status = 'canceled', gen = gen + 1, finished_at = ?
     WHERE finished_at IS NULL AND (project_id NOT IN (SELECT id FROM projects)
       OR user_id IS NOT NULL AND user_id NOT IN (SELECT id FROM users))`,
  );
  return (now) => void end.run(now);
}
