/** What the journal's file looks like. It is never thrown away, so a file of an earlier format is brought to this one. */

export const APPLICATION_ID = 0x77706a31;
export const FORMAT = 2;

/** Format 1 knew tokens by their ids only. */
const SET_ASIDE_1 = `
ALTER TABLE revocations RENAME TO revocations_1;
DROP INDEX revocations_by_expiry;
`;
const BRING_BACK_1 = `
INSERT INTO revocations (key, kind, holder_kind, holder_id, token_id, at, expires, confirmed)
  SELECT key, kind, holder_kind, holder_id, token_id, at, expires, confirmed FROM revocations_1;
DROP TABLE revocations_1;
`;

const TABLES = `
CREATE TABLE IF NOT EXISTS identity (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS ends (
  key TEXT PRIMARY KEY,
  project_id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  token_hash TEXT,
  status TEXT NOT NULL,
  at INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  confirmed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ends_by_expiry ON ends (expires);
CREATE TABLE IF NOT EXISTS revocations (
  key TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  holder_kind TEXT,
  holder_id INTEGER,
  token_id INTEGER,
  token_hash TEXT,
  at INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  confirmed INTEGER NOT NULL,
  CHECK ((token_id IS NULL) <> (token_hash IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS revocations_by_expiry ON revocations (expires);
`;

/** @param from the format that the file has; 0: it is new */
export function journalSchema(from: number): string {
  const [before, after] = from === 1 ? [SET_ASIDE_1, BRING_BACK_1] : ['', ''];
  return `
    BEGIN IMMEDIATE;
    ${before} ${TABLES} ${after}
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${FORMAT};
    COMMIT;
  `;
}
