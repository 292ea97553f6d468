/**
 * Version 2: automatic deploy tokens, rotation, what a job's password may do after its job, and who came with one. New
 * columns stand at the end of their tables, so that old rows read as they were.
 */
export const CREDENTIAL_LIFE_2 = `
-- auto_deploy_token: NULL is "as the instance says".
ALTER TABLE projects ADD COLUMN auto_devops INTEGER NOT NULL DEFAULT 0 CHECK (auto_devops IN (0, 1));
ALTER TABLE projects ADD COLUMN auto_deploy_token INTEGER CHECK (auto_deploy_token IN (0, 1));
ALTER TABLE projects ADD COLUMN auto_token_declined INTEGER NOT NULL DEFAULT 0
  CHECK (auto_token_declined IN (0, 1));
ALTER TABLE projects ADD COLUMN job_token_after_job TEXT NOT NULL DEFAULT 'none'
  CHECK (job_token_after_job IN ('none', 'read'));

ALTER TABLE deploy_tokens ADD COLUMN origin TEXT NOT NULL DEFAULT 'manual'
  CHECK (origin IN ('manual', 'auto') AND (origin = 'manual' OR project_id IS NOT NULL));
-- Seconds.
ALTER TABLE deploy_tokens ADD COLUMN rotate_every INTEGER;
CREATE UNIQUE INDEX deploy_tokens_automatic ON deploy_tokens (project_id)
  WHERE origin = 'auto' AND revoked_at IS NULL;
CREATE INDEX deploy_tokens_with_dates ON deploy_tokens (id)
  WHERE revoked_at IS NULL AND (expires_at IS NOT NULL OR rotate_every IS NOT NULL);
ALTER TABLE deploy_token_secrets ADD COLUMN sealed TEXT;

-- NULL: the token is the first of its family, whose id is its own.
ALTER TABLE personal_access_tokens ADD COLUMN family_id INTEGER;
CREATE INDEX personal_access_tokens_by_family ON personal_access_tokens (family_id)
  WHERE family_id IS NOT NULL;

ALTER TABLE jobs ADD COLUMN extended INTEGER NOT NULL DEFAULT 0 CHECK (extended IN (0, 1));

-- A password whose job has ended and which may still read; recent_attempts are the times of the last writes tried.
CREATE TABLE converted_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
  job_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
  pipeline_id INTEGER,
  token_hash TEXT NOT NULL UNIQUE,
  ended_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  last_used_at INTEGER,
  write_attempts INTEGER NOT NULL DEFAULT 0,
  last_attempt_at INTEGER,
  recent_attempts TEXT NOT NULL DEFAULT '[]' CHECK (json_type(recent_attempts) = 'array')
) STRICT;
CREATE INDEX converted_tokens_by_project ON converted_tokens (project_id, id);
CREATE INDEX converted_tokens_by_user ON converted_tokens (user_id);
CREATE INDEX converted_tokens_by_expiry ON converted_tokens (expires_at);

CREATE TABLE job_token_uses (
  target_id INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
  source_id INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
  denied INTEGER NOT NULL CHECK (denied IN (0, 1)),
  refused_by TEXT,
  count INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  last_user_id INTEGER,
  last_job_id INTEGER,
  last_ip TEXT,
  UNIQUE (target_id, source_id, denied)
) STRICT;
CREATE INDEX job_token_uses_by_source ON job_token_uses (source_id);
`;
