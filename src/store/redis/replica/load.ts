/**
 * Loads the whole store: the rows as they are found while others write, and then every commit since the load began. A
 * row that changed meanwhile is in one of those, so all rows end up at one moment. Reads find the old content until then.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { storeUnavailable } from '../../../errors.ts';
import type { Logger } from '../../../log.ts';
import { REPLICATED, type Op, type Position } from './commit.ts';
import type { Answer, Exchange } from './exchange.ts';
import { misfitError } from './misfit.ts';
import type { Replica } from './replica.ts';
import type { Misfit } from './replies.ts';
import type { Staging } from './staging.ts';

/** Loads that are begun anew because the history changed or the log became too short, and calls that failed. */
const ATTEMPTS = 5;
const CALL_ATTEMPTS = 5;
const CALL_PAUSE = 100;
/** Milliseconds between two lines of progress. */
const PROGRESS = 2_000;

export interface LoadParts {
  readonly exchange: Exchange;
  readonly replica: Replica;
  readonly staging: Staging;
  readonly log: Logger;
}

/** Something that makes the pieces so far useless. */
class Restart extends Error {}

/** Without the misfits, which end the load. */
type Good<T> = Exclude<T, Misfit>;

async function persist<T extends { kind: string }>(
  store: string,
  call: () => Promise<Answer<T>>,
): Promise<Answer<Good<T>>> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await call().catch((error: unknown) => {
      if (attempt === CALL_ATTEMPTS) throw error;
      return null;
    });
    const misfit = answer === null ? null : misfitError(answer, store);
    if (misfit !== null) throw misfit;
    if (answer !== null) return answer as Answer<Good<T>>;
    await sleep(CALL_PAUSE);
  }
}

/** Stages every row; returns the head at the beginning. */
async function stageRows(parts: LoadParts, store: string, whileClosed: boolean): Promise<Position> {
  const { exchange, staging, log } = parts;
  let from: Position | undefined;
  let server: string | undefined;
  let saidAt = performance.now();
  for (const [number, table] of REPLICATED.entries()) {
    let cursor = '0';
    do {
      const at = cursor;
      const piece = await persist(store, () => exchange.load(store, number, at, whileClosed));
      from ??= piece.head;
      server ??= piece.replid;
      // A cursor means nothing to another server.
      if (piece.replid !== server) throw new Restart('another server answers');
      staging.put(piece.rows.map(([key, columns]): Op => [table, key, columns]));
      cursor = piece.cursor;
      if (performance.now() - saidAt > PROGRESS) {
        log.info({ table, rows: staging.rows() }, 'the directory is being loaded from Redis');
        saidAt = performance.now();
      }
    } while (cursor !== '0');
  }
  if (from === undefined) throw new Restart('nothing was read');
  return from;
}

/** Brings what is staged to the head; returns where that is. */
async function stageLog(
  { exchange, staging }: LoadParts,
  store: string,
  from: Position,
  whileClosed: boolean,
): Promise<Position> {
  for (let at = from; ;) {
    const position = at;
    const answer = await persist(store, () => exchange.sync(store, position, whileClosed));
    if (answer.kind === 'same') return at;
    if (answer.kind !== 'behind') throw new Restart(`the log does not lead on: ${answer.kind}`);
    for (const commit of answer.commits) {
      staging.put(commit.ops);
      at = { version: commit.version, id: commit.id };
    }
  }
}

/** Replaces the replica when everything is there, and not before. */
export async function load(parts: LoadParts, store: string, whileClosed: boolean): Promise<void> {
  const { replica, staging, log } = parts;
  const began = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      staging.clear();
      const from = await stageRows(parts, store, whileClosed);
      const position = await stageLog(parts, store, from, whileClosed);
      const rows = staging.rows();
      await replica.replace({ store, position }, () => staging.copy());
      const ms = Math.round(performance.now() - began);
      log.info({ rows, version: position.version, ms }, 'the directory was loaded from Redis');
      return;
    } catch (error) {
      if (!(error instanceof Restart)) throw error;
      if (attempt === ATTEMPTS) throw storeUnavailable('the store changes too fast to load', error);
    }
  }
}
