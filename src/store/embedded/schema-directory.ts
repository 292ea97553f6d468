/** Users, groups, projects and what hangs on them, as version 1 of the schema made them. */
export const DIRECTORY_1 = `
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT;
INSERT INTO counters VALUES ('version', 1), ('job_id', 0);

CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  username TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT,
  state TEXT NOT NULL CHECK (state IN ('active', 'blocked')),
  admin INTEGER NOT NULL CHECK (admin IN (0, 1)),
  external INTEGER NOT NULL CHECK (external IN (0, 1)),
  two_factor INTEGER NOT NULL CHECK (two_factor IN (0, 1)),
  password_hash TEXT,
  managed_by TEXT NOT NULL CHECK (managed_by IN ('file', 'api')),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE groups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  full_path TEXT NOT NULL,
  name TEXT NOT NULL,
  parent_id INTEGER REFERENCES groups ON DELETE CASCADE,
  visibility TEXT NOT NULL CHECK (visibility IN ('public', 'internal', 'private')),
  managed_by TEXT NOT NULL CHECK (managed_by IN ('file', 'api')),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX groups_by_parent ON groups (parent_id);

CREATE TABLE projects (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  full_path TEXT NOT NULL,
  name TEXT NOT NULL,
  group_id INTEGER REFERENCES groups ON DELETE CASCADE,
  user_id INTEGER REFERENCES users ON DELETE CASCADE,
  visibility TEXT NOT NULL CHECK (visibility IN ('public', 'internal', 'private')),
  registry_access TEXT NOT NULL CHECK (registry_access IN ('enabled', 'private', 'disabled')),
  archived INTEGER NOT NULL CHECK (archived IN (0, 1)),
  jobs_enabled INTEGER NOT NULL CHECK (jobs_enabled IN (0, 1)),
  allowlist_enabled INTEGER NOT NULL CHECK (allowlist_enabled IN (0, 1)),
  managed_by TEXT NOT NULL CHECK (managed_by IN ('file', 'api')),
  created_at INTEGER NOT NULL,
  CHECK ((group_id IS NULL) <> (user_id IS NULL))
) STRICT;
CREATE INDEX projects_by_group ON projects (group_id);
CREATE INDEX projects_by_user ON projects (user_id);

-- The names of users, groups and projects are one space, compared in lower case.
CREATE TABLE routes (
  path TEXT PRIMARY KEY,
  user_id INTEGER UNIQUE REFERENCES users ON DELETE CASCADE,
  group_id INTEGER UNIQUE REFERENCES groups ON DELETE CASCADE,
  project_id INTEGER UNIQUE REFERENCES projects ON DELETE CASCADE,
  CHECK ((user_id IS NOT NULL) + (group_id IS NOT NULL) + (project_id IS NOT NULL) = 1)
) STRICT;

CREATE TABLE members (
  user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
  project_id INTEGER REFERENCES projects ON DELETE CASCADE,
  group_id INTEGER REFERENCES groups ON DELETE CASCADE,
  access_level INTEGER NOT NULL CHECK (access_level IN (10, 15, 20, 30, 40, 50)),
  expires_at INTEGER,
  managed_by TEXT NOT NULL CHECK (managed_by IN ('file', 'api')),
  created_at INTEGER NOT NULL,
  UNIQUE (project_id, user_id),
  UNIQUE (group_id, user_id),
  CHECK ((project_id IS NULL) <> (group_id IS NULL))
) STRICT;
CREATE INDEX members_by_user ON members (user_id);

CREATE TABLE allowlist (
  target_id INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
  project_id INTEGER REFERENCES projects ON DELETE CASCADE,
  group_id INTEGER REFERENCES groups ON DELETE CASCADE,
  policies TEXT CHECK (policies IS NULL OR json_type(policies) = 'array'),
  managed_by TEXT NOT NULL CHECK (managed_by IN ('file', 'api')),
  UNIQUE (target_id, project_id),
  UNIQUE (target_id, group_id),
  CHECK ((project_id IS NULL) <> (group_id IS NULL))
) STRICT;
CREATE INDEX allowlist_by_project ON allowlist (project_id);
CREATE INDEX allowlist_by_group ON allowlist (group_id);

CREATE TABLE protection_rules (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('repository', 'tag')),
  pattern TEXT NOT NULL,
  minimum_for_push INTEGER CHECK (minimum_for_push IN (0, 10, 15, 20, 30, 40, 50)),
  minimum_for_delete INTEGER CHECK (minimum_for_delete IN (0, 10, 15, 20, 30, 40, 50)),
  managed_by TEXT NOT NULL CHECK (managed_by IN ('file', 'api')),
  UNIQUE (project_id, kind, pattern)
) STRICT;
`;
