/**
 * The schema, one entry per version; `PRAGMA user_version` counts how many a file has been through. A released entry
 * is never edited. Every table with ids has AUTOINCREMENT, so no id ever comes back. Booleans are 0 or 1.
 */
import { CREDENTIALS_1 } from './schema-credentials.ts';
import { CREDENTIAL_LIFE_2 } from './schema-credential-life.ts';
import { DIRECTORY_1 } from './schema-directory.ts';
import { JOB_STARTERS_5 } from './schema-job-starters.ts';
import { LISTS_4 } from './schema-lists.ts';
import { MEMBERS_6 } from './schema-members.ts';
import { REFRESH_TOKENS_3 } from './schema-refresh-tokens.ts';

/** "wfps" in ASCII: tells our file from any other SQLite file (https://sqlite.org/fileformat2.html#application_id). */
export const APPLICATION_ID = 0x77667073;

export const MIGRATIONS: readonly string[] = [
  DIRECTORY_1 + CREDENTIALS_1,
  CREDENTIAL_LIFE_2,
  REFRESH_TOKENS_3,
  LISTS_4,
  JOB_STARTERS_5,
  MEMBERS_6,
];
