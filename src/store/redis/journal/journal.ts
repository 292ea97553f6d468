/**
 * What this instance was told to end or revoke, on its own disk before Redis hears of it: Redis may lose what it has
 * acknowledged (a failover, a backup put back), and may not be there at all. An entry is denied by this instance from
 * the moment that it is given until it is forgotten or expires, whatever Redis says.
 */
import type { Clock } from '../../../clock.ts';
import { AppError } from '../../../errors.ts';
import type { Logger } from '../../../log.ts';
import { createFileGuard, prepareFiles } from '../../embedded/files.ts';
import { createWriter } from '../../embedded/writer.ts';
import type { JobRecord } from '../../records.ts';
import type { Partition } from '../keys.ts';
import {
  endKey,
  revocationKey,
  UNPLACED,
  type JobEnd,
  type Revocation,
  type TokenName,
} from './entries.ts';
import { closeJournalFile, journalFile, openJournalFile } from './file.ts';
import { createGathered } from './gathered.ts';
import { createNotedEnds, createNotedRevocations } from './noted.ts';
import { prepareStatements, type Statements } from './statements.ts';

export interface Journal {
  /** 128 random bits, base64url; stays the same as long as the file does. */
  readonly instanceId: string;
  /** The store that it belongs to; null: none yet. */
  storeId(): string | null;
  /** Ties the journal to a store. Rejects with an AppError where it belongs to another. */
  bindStore(storeId: string): Promise<void>;
  /**
   * Denies at once; resolves when it is on the disk. Rejects with `store_unavailable` where the disk fails: the entry
   * is then denied and pending for as long as the process lives.
   */
  recordEnd(end: JobEnd): Promise<void>;
  recordRevocation(revocation: Revocation): Promise<void>;
  /** Redis has it for good. @param deadline of the job, after which its token is dead without us; null: not known */
  confirmEnd(end: JobEnd, deadline: number | null): void;
  confirmRevocation(revocation: Revocation): void;
  /** There is nothing that this could be about: the entry denies nothing any more. An earlier one of the job stays. */
  forgetEnd(end: JobEnd): Promise<void>;
  forgetRevocation(revocation: Revocation): Promise<void>;
  pendingEnds(): readonly JobEnd[];
  pendingRevocations(): readonly Revocation[];
  endsOf(partition: Partition): readonly JobEnd[];
  /** Those of which only the job's id is known, so that they may be of any partition. */
  unplacedEnds(): readonly JobEnd[];
  revocations(): readonly Revocation[];
  /** The end of this job, where one was noted here. */
  denialOfJob(job: JobRecord): JobEnd | null;
  denialOfToken(token: TokenName): Revocation | null;
  /** Drops what has expired, some thousand entries at most; does so by itself each minute. */
  sweep(): Promise<void>;
  size(): { readonly entries: number; readonly pending: number };
  close(): Promise<void>;
}

export interface JournalOptions {
  /** Made with mode 0700 where it is missing. */
  readonly dataDir: string;
  /** The longest that a job may run, in milliseconds. */
  readonly maxJobLife: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** 128 random bits, base64url. */
  readonly newId: () => string;
}

/** How long an entry outlives the last moment at which it could matter, for clocks that differ; milliseconds. */
const MARGIN = 600_000;
const SWEEP_EVERY = 60_000;

function identify(sql: Statements, newId: () => string): string {
  sql.identity.set('instance', newId());
  const instanceId = sql.identity.get('instance');
  if (instanceId === null) throw new Error('the journal has no identity');
  return instanceId;
}

function bind(sql: Statements, path: string, storeId: string): void {
  sql.identity.set('store', storeId);
  if (sql.identity.get('store') === storeId) return;
  const advice =
    'Point this instance at that Redis again, or give it another data_dir: what it noted for the other store is lost to it otherwise.';
  throw new AppError('internal', `${path} belongs to the data of another Redis. ${advice}`);
}

/** Rejects with an AppError whose message says what to do: another process has the file, it is damaged, or too new. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { clock, log, maxJobLife } = options;
  const path = prepareFiles(options.dataDir, journalFile(options.dataDir));
  const guard = createFileGuard(path);
  const db = await openJournalFile(path);
  const sql = prepareStatements(db);
  const instanceId = identify(sql, options.newId);
  const writer = createWriter(db, log, { guard, onCommit: () => undefined });
  const ends = createNotedEnds();
  const revocations = createNotedRevocations();
  for (const { entry, confirmed } of sql.ends.all()) ends.add(entry, confirmed);
  for (const { entry, confirmed } of sql.revocations.all()) revocations.add(entry, confirmed);
  const gathered = createGathered(writer, log);
  const expiryOf = (at: number): number => at + maxJobLife + MARGIN;

  async function sweep(): Promise<void> {
    const now = clock.now();
    await gathered.flush();
    ends.removeKeys(await writer.write(() => sql.ends.sweep(now)));
    revocations.removeKeys(await writer.write(() => sql.revocations.sweep(now)));
  }
  const sweeping = setInterval(() => {
    sweep().catch((error: unknown) => log.warn({ err: error }, 'the journal keeps what is old'));
  }, SWEEP_EVERY).unref();

  async function finish(): Promise<void> {
    clearInterval(sweeping);
    await gathered.flush();
    await writer.close();
    try {
      closeJournalFile(db);
    } catch (error) {
      log.warn({ err: error }, 'the journal closes without a last checkpoint');
    }
  }
  let closing: Promise<void> | undefined;

  return {
    instanceId,
    storeId: () => sql.identity.get('store'),
    bindStore: (storeId) => writer.write(() => bind(sql, path, storeId)),
    recordEnd: (end) => {
      ends.add(end, false);
      return writer.write(() => sql.ends.add(end, expiryOf(end.at)));
    },
    recordRevocation: (revocation) => {
      revocations.add(revocation, false);
      return writer.write(() => sql.revocations.add(revocation, expiryOf(revocation.at)));
    },
    confirmEnd: (end, deadline) => {
      if (!ends.has(end) || !ends.settle(end)) return;
      const expires = deadline === null ? null : deadline + MARGIN;
      gathered.add(() => sql.ends.confirm(endKey(end), expires));
    },
    confirmRevocation: (revocation) => {
      if (!revocations.settle(revocation)) return;
      gathered.add(() => sql.revocations.confirm(revocationKey(revocation), null));
    },
    forgetEnd: async (end) => {
      if (!ends.keeps(end)) return;
      ends.remove(end);
      await writer.write(() => sql.ends.remove(endKey(end)));
    },
    forgetRevocation: async (revocation) => {
      if (!revocations.keeps(revocation)) return;
      revocations.remove(revocation);
      await writer.write(() => sql.revocations.remove(revocationKey(revocation)));
    },
    pendingEnds: ends.pending,
    pendingRevocations: revocations.pending,
    endsOf: ends.of,
    unplacedEnds: () => ends.of(UNPLACED),
    revocations: revocations.all,
    denialOfJob: ends.denial,
    denialOfToken: revocations.denial,
    sweep,
    size: () => ({
      entries: ends.size() + revocations.size(),
      pending: ends.pendingSize() + revocations.pendingSize(),
    }),
    close: () => (closing ??= finish()),
  };
}
