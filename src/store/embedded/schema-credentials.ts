/** Jobs and stored tokens, as version 1 of the schema made them. */
export const CREDENTIALS_1 = `
-- A job outlives its project and its user: the row is the proof that its token is dead.
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL,
  user_id INTEGER,
  status TEXT NOT NULL CHECK (status IN ('created', 'waiting_for_resource', 'preparing', 'waiting_for_callback',
    'pending', 'running', 'success', 'failed', 'canceling', 'canceled', 'skipped', 'manual', 'scheduled')),
  gen INTEGER NOT NULL,
  name TEXT NOT NULL,
  stage TEXT NOT NULL,
  ref TEXT,
  ref_protected INTEGER NOT NULL CHECK (ref_protected IN (0, 1)),
  environment TEXT,
  pipeline_id INTEGER,
  permissions TEXT CHECK (permissions IN ('none', 'read', 'write', 'delete')),
  runner_id INTEGER,
  runner_executor TEXT,
  token_format TEXT NOT NULL CHECK (token_format IN ('jwt', 'opaque')),
  token_hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  deadline INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  lease_seconds INTEGER,
  erased_at INTEGER,
  CHECK ((finished_at IS NOT NULL) = (status IN ('success', 'failed', 'canceled', 'skipped')))
) STRICT;
CREATE INDEX jobs_by_project ON jobs (project_id, id);
CREATE INDEX jobs_open_by_project ON jobs (project_id) WHERE finished_at IS NULL;
CREATE INDEX jobs_open_by_user ON jobs (user_id) WHERE finished_at IS NULL;

CREATE TABLE deploy_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER REFERENCES projects ON DELETE CASCADE,
  group_id INTEGER REFERENCES groups ON DELETE CASCADE,
  name TEXT NOT NULL,
  username TEXT NOT NULL,
  scopes TEXT NOT NULL CHECK (json_type(scopes) = 'array'),
  expires_at INTEGER,
  revoked_at INTEGER,
  created_by INTEGER,
  created_at INTEGER NOT NULL,
  CHECK ((project_id IS NULL) <> (group_id IS NULL))
) STRICT;
CREATE INDEX deploy_tokens_by_project ON deploy_tokens (project_id);
CREATE INDEX deploy_tokens_by_group ON deploy_tokens (group_id);

CREATE TABLE deploy_token_secrets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  token_id INTEGER NOT NULL REFERENCES deploy_tokens ON DELETE CASCADE,
  hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER
) STRICT;
CREATE INDEX deploy_token_secrets_by_token ON deploy_token_secrets (token_id);

CREATE TABLE personal_access_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
  name TEXT NOT NULL,
  description TEXT,
  scopes TEXT NOT NULL CHECK (json_type(scopes) = 'array'),
  hash TEXT NOT NULL UNIQUE,
  expires_at INTEGER,
  revoked_at INTEGER,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT;
CREATE INDEX personal_access_tokens_by_user ON personal_access_tokens (user_id);
`;
