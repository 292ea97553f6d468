import type { Database } from './database.ts';
import type { LastUse } from './last-use.ts';
import type { Read } from './reader.ts';
import type { Version } from './version.ts';
import type { Writer } from './writer.ts';

/** What every kind of stored token is built over. */
export interface TokenParts {
  readonly db: Database;
  readonly read: Read;
  readonly writer: Writer;
  readonly version: Version;
  readonly lastUse: LastUse;
}
