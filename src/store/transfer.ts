/** The port for moving everything that a store holds into another store. */

/** A row in the order of the table's columns (store/embedded/schema.ts), the rowid first where it is no column. */
export type Row = readonly (string | number | null)[];

/** Each kind may refer to those before it. `job_ids` is one row: the highest id of a job that was ever given. */
export const KINDS = [
  'users',
  'groups',
  'projects',
  'routes',
  'members',
  'allowlist',
  'protection_rules',
  'deploy_tokens',
  'deploy_token_secrets',
  'personal_access_tokens',
  'converted_tokens',
  'refresh_tokens',
  'job_token_uses',
  'sqlite_sequence',
  'jobs',
  'job_ids',
] as const;
export type Kind = (typeof KINDS)[number];

export interface Transfer {
  /** Pieces of at most a thousand rows, each row once. */
  rows(kind: Kind): AsyncIterable<readonly Row[]>;
  /** Stores a piece. Rows that are there already are left alone, so a piece may be sent again. */
  put(kind: Kind, rows: readonly Row[]): Promise<void>;
}
