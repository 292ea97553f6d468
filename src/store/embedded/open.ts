import type { Clock } from '../../clock.ts';
import { storeUnavailable } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { OnStoreCall, Serving, Store } from '../ports.ts';
import { backup } from './backup.ts';
import { createBulk } from './bulk.ts';
import { connect } from './connection.ts';
import { createConvertedTokens } from './converted-tokens.ts';
import { createDeployTokens } from './deploy-tokens.ts';
import { createDirectory } from './directory.ts';
import { createFileGuard, prepareFiles } from './files.ts';
import { findDamage } from './integrity.ts';
import { createJobTokenUses } from './job-token-uses.ts';
import { createJobs } from './jobs.ts';
import { createLastUse } from './last-use.ts';
import { observeCalls } from './observe-calls.ts';
import { createPersonalAccessTokens } from './personal-access-tokens.ts';
import { createRead } from './reader.ts';
import { createRefreshTokens } from './refresh-tokens.ts';
import { createTransfer } from './transfer.ts';
import { createVersion } from './version.ts';
import { createWriter } from './writer.ts';

export interface EmbeddedStoreOptions {
  /** Made with mode 0700 where it is missing. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onCall?: OnStoreCall;
}

export interface EmbeddedStore extends Store {
  /** What is wrong with the file, one sentence each; an empty list if nothing is. Reads the whole file at once. */
  checkIntegrity(): Promise<readonly string[]>;
  /** Writes a copy of one moment to a new file (mode 0600) while the store goes on; `conflict` if the file exists. */
  backup(to: string): Promise<void>;
}

const everything = (state: Serving['anonymous']): Serving => ({
  jobTokens: state,
  storedTokens: state,
  anonymous: state,
});
const ALL = everything({ served: true });
const NONE = everything({ served: false, why: 'the store cannot be read' });

/** Opens the store, making or upgrading its file. Rejects with an AppError whose message says what to do. */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { clock, log } = options;
  const path = prepareFiles(options.dataDir);
  const guard = createFileGuard(path);
  const db = await connect(path);
  const read = createRead(db);
  const version = createVersion(db);
  const writer = createWriter(db, log, { guard, onCommit: version.noteCommit });
  const secretUse = createLastUse(db, writer, log, 'deploy_token_secrets');
  const tokenUse = createLastUse(db, writer, log, 'personal_access_tokens');
  const convertedUse = createLastUse(db, writer, log, 'converted_tokens');
  const refreshUse = createLastUse(db, writer, log, 'refresh_tokens');
  const parts = { db, read, writer, version };
  const uses = createJobTokenUses({ ...parts, log });
  const probe = db.prepare<[number]>('SELECT value FROM counters');

  async function finish(): Promise<void> {
    const gatherers = [secretUse, tokenUse, convertedUse, refreshUse, uses];
    await Promise.all(gatherers.map((each) => each.flush()));
    await writer.close();
    // The driver keeps a connection half open until its statements are collected, so SQLite's own checkpoint at the
    // last close may not come: without this one, the file alone would lack what is in -wal.
    await read(() => db.exec('PRAGMA wal_checkpoint(TRUNCATE)')).catch((error: unknown) =>
      log.warn({ err: error }, 'the store closes without a last checkpoint'),
    );
    db.close();
  }

  const ping = (): Promise<void> =>
    read(() => {
      guard();
      if (probe.get() === undefined) throw storeUnavailable('the store has no counters');
    });

  let closing: Promise<void> | undefined;

  return {
    kind: 'embedded',
    instance: null,
    ...observeCalls(
      {
        directory: createDirectory(db, read, writer, version),
        jobs: createJobs(parts),
        deployTokens: createDeployTokens({ ...parts, lastUse: secretUse, clock }),
        personalAccessTokens: createPersonalAccessTokens({ ...parts, lastUse: tokenUse }),
        convertedTokens: createConvertedTokens({ ...parts, lastUse: convertedUse }),
        refreshTokens: createRefreshTokens({ ...parts, lastUse: refreshUse }),
        jobTokenUses: uses.jobTokenUses,
        bulk: createBulk(parts),
      },
      options.onCall,
    ),
    transfer: createTransfer(parts),
    ping,
    // What a verb has resolved with is on the disk.
    settled: () => Promise.resolve(),
    serving: () =>
      ping().then(
        () => ALL,
        () => NONE,
      ),
    gauges: () => null,
    checkIntegrity: () => read(() => findDamage(db)),
    backup: (to) => read(() => backup(db, to)),
    close: () => (closing ??= finish()),
  };
}
