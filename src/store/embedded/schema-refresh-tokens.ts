/** Version 3: refresh tokens of people, each for one service. */
export const REFRESH_TOKENS_3 = `
-- Behind each is a personal access token, or the password whose hash has the digest password_mark.
CREATE TABLE refresh_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
  service TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  personal_access_token_id INTEGER,
  password_mark TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER,
  CHECK ((personal_access_token_id IS NULL) <> (password_mark IS NULL))
) STRICT;
CREATE INDEX refresh_tokens_by_user ON refresh_tokens (user_id, service);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);
CREATE INDEX refresh_tokens_revoked ON refresh_tokens (revoked_at) WHERE revoked_at IS NOT NULL;
`;
