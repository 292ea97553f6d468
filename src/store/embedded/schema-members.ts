/**
 * Version 6, for large directories. A membership stands in the index of the kind of place that it is in, and in no other:
 * before, each of a project stood in that of groups too, by its user, which made adding many twice as dear. Deploy tokens
 * that end are found by when they do, and those that want a new secret now and then stand apart.
 */
export const MEMBERS_6 = `
CREATE TABLE members_6 (
  user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
  project_id INTEGER REFERENCES projects ON DELETE CASCADE,
  group_id INTEGER REFERENCES groups ON DELETE CASCADE,
  access_level INTEGER NOT NULL CHECK (access_level IN (10, 15, 20, 30, 40, 50)),
  expires_at INTEGER,
  managed_by TEXT NOT NULL CHECK (managed_by IN ('file', 'api')),
  created_at INTEGER NOT NULL,
  CHECK ((project_id IS NULL) <> (group_id IS NULL))
) STRICT;
-- Instances name rows to each other by their rowid.
INSERT INTO members_6 (rowid, user_id, project_id, group_id, access_level, expires_at, managed_by, created_at)
  SELECT rowid, user_id, project_id, group_id, access_level, expires_at, managed_by, created_at FROM members
  ORDER BY rowid;
DROP TABLE members;
ALTER TABLE members_6 RENAME TO members;
CREATE UNIQUE INDEX members_of_project ON members (project_id, user_id) WHERE project_id IS NOT NULL;
CREATE UNIQUE INDEX members_of_group ON members (group_id, user_id) WHERE group_id IS NOT NULL;
CREATE INDEX members_by_user ON members (user_id);

DROP INDEX deploy_tokens_with_dates;
CREATE INDEX deploy_tokens_by_end ON deploy_tokens (expires_at) WHERE revoked_at IS NULL AND expires_at IS NOT NULL;
CREATE INDEX deploy_tokens_to_rotate ON deploy_tokens (id) WHERE revoked_at IS NULL AND rotate_every IS NOT NULL;
`;
