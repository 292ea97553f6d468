/** Gathers the records of a file into batches and keeps a few of them on the way. */
import type { FilePiece, FileRecord } from '../directory/record-file.ts';
import { BULK_KINDS, TOKEN_KINDS, type BulkKind, type BulkReport } from '../store/bulk.ts';
import type { ApiClient, RawAnswer } from './api-client.ts';
import { refusal } from './api-faults.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import type { Progress } from './progress.ts';

/** Records and characters of one batch; a server takes 1,000 and twice that. */
const RECORDS = 1_000;
const CHARACTERS = 1_000_000;
/** Batches on the way at the same time. */
const AT_ONCE = 4;
/** Kinds whose entries refer to others of the same kind. */
const ONE_BY_ONE: ReadonlySet<BulkKind> = new Set(['groups', 'personal_access_tokens']);
/** Tries of one batch while the server is busy or has had enough, and milliseconds between the first two. */
const TRIES = 30;
const PAUSE = 500;
const LONGEST_PAUSE = 5_000;
const BUSY: ReadonlySet<number> = new Set([408, 429, 503]);

export interface Counts {
  readonly kind: BulkKind;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly unresolved: number;
}

export interface SendOptions {
  readonly api: ApiClient;
  readonly name: string;
  readonly dryRun: boolean;
  readonly withTokens: boolean;
  readonly progress: Pick<Progress, 'advance'>;
  /** True: what is on the way is the end of it. */
  readonly stopped: () => boolean;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** null: nobody answered. */
async function ask(api: ApiClient, text: string, patient: boolean): Promise<RawAnswer | null> {
  const body = { type: 'application/json', text };
  try {
    return await api.send({ method: 'POST', path: '/directory/import', body });
  } catch (error) {
    const away = error instanceof CommandError && error.exitCode === EXIT.unavailable;
    if (away && patient) return null;
    throw error;
  }
}

/**
 * Batches may be sent again: what is there already is left as it is.
 *
 * @param known whether this server has answered before, so that it is worth waiting for
 */
async function post(api: ApiClient, text: string, known: boolean): Promise<BulkReport> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(api, text, known && attempt < TRIES);
    if (answer === null) {
      await pause(Math.min(PAUSE * attempt, LONGEST_PAUSE));
      continue;
    }
    if (answer.status === 200) return JSON.parse(answer.text) as BulkReport;
    if (!BUSY.has(answer.status) || attempt === TRIES) {
      throw refusal(answer.status, JSON.parse(answer.text));
    }
    await pause(Math.min(PAUSE * attempt, LONGEST_PAUSE));
  }
}

function bodyOf(kind: BulkKind, records: readonly FileRecord[], rest: object): string {
  const list = records.map(({ text }) => text).join(',');
  return `{"kind":"${kind}","records":[${list}],${JSON.stringify(rest).slice(1)}`;
}

function faultsOf(
  { errors }: BulkReport,
  batch: readonly FileRecord[],
  name: string,
): CommandError {
  const lines = errors.map(({ index, message }) => `  ${name}:${batch[index]?.line}: ${message}`);
  const [first, last] = [batch[0]?.line, batch.at(-1)?.line];
  return new CommandError(
    EXIT.failed,
    `Nothing of lines ${first} to ${last} was imported, because of:\n${lines.join('\n')}\n` +
      'Mend the file and import it again: what is there already is left as it is.',
  );
}

interface State {
  readonly counts: Map<BulkKind, Counts>;
  readonly waiting: Set<Promise<void>>;
  failure: Error | null;
}

function add(counts: Map<BulkKind, Counts>, kind: BulkKind, report: BulkReport): void {
  const before = counts.get(kind);
  counts.set(kind, {
    kind,
    created: (before?.created ?? 0) + report.created,
    updated: (before?.updated ?? 0) + report.updated,
    unchanged: (before?.unchanged ?? 0) + report.unchanged,
    unresolved: (before?.unresolved ?? 0) + report.unresolved,
  });
}

/** Asks whether the hashes of the file are of this server's key, before anything is changed. */
export async function checkKeys(api: ApiClient, fingerprint: string): Promise<void> {
  const body = { dry_run: true, key_fingerprint: fingerprint };
  try {
    await post(api, bodyOf('deploy_tokens', [], body), false);
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode !== EXIT.failed) throw error;
    const advice = 'Or import everything else with --without-tokens.';
    throw new CommandError(EXIT.failed, `Nothing was imported. ${error.message}\n${advice}`);
  }
}

/**
 * Sends all records in their order as far as it matters.
 *
 * @returns how many of each kind, in the order of the kinds, and whether it was stopped before the end
 * @throws CommandError where the server refuses a batch; those that were on the way have been answered by then
 */
export async function sendRecords(
  pieces: AsyncIterable<FilePiece>,
  options: SendOptions,
): Promise<{ readonly counts: readonly Counts[]; readonly complete: boolean }> {
  const { api, name, dryRun, withTokens, progress } = options;
  const state: State = { counts: new Map(), waiting: new Set(), failure: null };
  let batch: FileRecord[] = [];
  let characters = 0;
  let fingerprint: string | null = null;

  async function settle(most: number): Promise<void> {
    while (state.waiting.size > most) await Promise.race(state.waiting);
    if (state.failure !== null) throw state.failure;
  }

  async function send(kind: BulkKind, records: readonly FileRecord[]): Promise<void> {
    const rest = { dry_run: dryRun, key_fingerprint: fingerprint };
    const report = await post(api, bodyOf(kind, records, rest), state.counts.size > 0);
    if (report.errors.length > 0) throw faultsOf(report, records, name);
    add(state.counts, kind, report);
    progress.advance(records.length);
  }

  async function flush(): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    await settle(ONE_BY_ONE.has(first.kind) ? 0 : AT_ONCE - 1);
    const sent = send(first.kind, batch)
      .catch((error: unknown) => {
        state.failure ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => state.waiting.delete(sent));
    state.waiting.add(sent);
    [batch, characters] = [[], 0];
  }

  async function take(record: FileRecord): Promise<void> {
    const kind = batch[0]?.kind ?? record.kind;
    const full = batch.length === RECORDS || characters + record.text.length > CHARACTERS;
    if (full || kind !== record.kind) await flush();
    // Records of the next kind refer to those on the way.
    if (kind !== record.kind) await settle(0);
    batch.push(record);
    characters += record.text.length;
  }

  for await (const { head, records } of pieces) {
    fingerprint = withTokens ? head.keyFingerprint : null;
    for (const record of records) {
      if (options.stopped()) break;
      if (withTokens || !TOKEN_KINDS.has(record.kind)) await take(record);
    }
    if (options.stopped()) break;
  }
  const complete = !options.stopped();
  if (complete) await flush();
  // What is on the way is waited for in any case, so that nobody has to guess whether it happened.
  await Promise.all(state.waiting);
  await settle(0);
  const counts = BULK_KINDS.flatMap((kind) => state.counts.get(kind) ?? []);
  return { counts, complete };
}
