/** The scripts of the partition `d` as calls. All reject with `store_unavailable` where no good answer came. */
import { DIRECTORY, type Keys } from '../keys.ts';
import type { Redis, ScriptCall, ScriptReply } from '../connection/redis.ts';
import { FORMAT, REPLICATED, type Commit, type Op, type Position } from './commit.ts';
import { readFound, readPiece, readSynced, wrong } from './replies.ts';
import type { Found, Misfit, Piece, Synced } from './replies.ts';

/** Bytes of commits in one answer, and rows in one piece of a load. */
const ANSWER_BYTES = 1_000_000;
const PIECE_ROWS = 500;

/** How much of the log is kept. */
export interface LogLimits {
  readonly commits: number;
  readonly bytes: number;
}

export type Answer<T> = T & { readonly replid: string };

/** `whileClosed`: for repair, before the partition's history is trusted. */
export interface Exchange {
  /** Finds out whose store this is; makes `newStore` where there is none and that is allowed. null: there is none. */
  find(newStore: string | null, fingerprint: string): Promise<Found | null>;
  sync(store: string, at: Position, whileClosed: boolean): Promise<Answer<Synced>>;
  load(
    store: string,
    table: number,
    cursor: string,
    whileClosed: boolean,
  ): Promise<Answer<Misfit | Piece>>;
  /**
   * `done: false`: the head is not at `after`, or it is another instance's turn. `replicas`: how many have the commit.
   *
   * @param turn milliseconds for which others shall wait, if the head is not at `after`; default none
   */
  commit(
    store: string,
    after: Position,
    commit: Commit,
    whileClosed: boolean,
    turn?: number,
  ): Promise<Answer<{ readonly done: boolean; readonly replicas: number }>>;
}

/** A table's number in a script's arguments is its place among the keys of the rows. */
const NUMBERS = new Map(REPLICATED.map((name, index) => [name, index + 1]));

const flag = (on: boolean): number => (on ? 1 : 0);

function wireOps(ops: readonly Op[]): (string | number)[] {
  return ops.flatMap(([table, key, columns]) => [
    NUMBERS.get(table) ?? 0,
    key,
    columns === null ? '' : JSON.stringify(columns),
  ]);
}

type Runner = Pick<Redis, 'run' | 'runDurably'>;

export interface ExchangeParts {
  /** For what happens while the partition is closed. */
  readonly redis: Runner;
  /** Gives answers of vetted histories only. */
  readonly vetted: Runner;
  readonly keys: Keys;
  readonly limits: LogLimits;
  /** Tells this instance from others while it runs. */
  readonly who: string;
}

export function createExchange(parts: ExchangeParts): Exchange {
  const { redis, vetted, keys, limits, who } = parts;
  const through = (whileClosed: boolean): Runner => (whileClosed ? redis : vetted);
  const rowKeys = REPLICATED.map((table) => keys.rows(table));
  const call = (script: string, args: ScriptCall['args']): ScriptCall => ({
    script,
    partition: DIRECTORY,
    keys: [keys.head, keys.log, ...rowKeys],
    args,
  });
  const answer = <T>(value: T, { replid }: ScriptReply): Answer<T> => ({ ...value, replid });

  return {
    find: async (newStore, fingerprint) =>
      readFound(await vetted.run(call('find', [FORMAT, fingerprint, newStore ?? '']))),
    sync: async (store, { version, id }, whileClosed) => {
      const args = [store, FORMAT, flag(whileClosed), version, id, ANSWER_BYTES];
      const reply = await through(whileClosed).run(call('sync', args));
      return answer(readSynced(reply), reply);
    },
    load: async (store, table, cursor, whileClosed) => {
      const args = [store, FORMAT, flag(whileClosed), table + 1, cursor, PIECE_ROWS];
      const reply = await through(whileClosed).run(call('load', args));
      return answer(readPiece(reply), reply);
    },
    commit: async (store, after, commit, whileClosed, turn = 0) => {
      const head = [store, FORMAT, flag(whileClosed), after.version, after.id];
      const rest = [commit.id, flag(commit.quiet), limits.commits, limits.bytes];
      const args = [...head, ...rest, keys.changedChannel, who, turn, ...wireOps(commit.ops)];
      const reply = await through(whileClosed).runDurably(call('commit', args));
      const { status, replicas } = reply;
      if (status !== 'ok' && status !== 'moved') return wrong('commit', reply);
      return answer({ done: status === 'ok', replicas }, reply);
    },
  };
}
