/**
 * When a token was last used: gathered in memory and written together, at most once a minute for each token. Nobody
 * waits for it, and a crash may lose the last seconds.
 */
import type { Logger } from '../../log.ts';
import type { Database } from './database.ts';
import type { Writer } from './writer.ts';

/** Milliseconds between two notes of one token. */
const NOTE_EVERY = 60_000;
/** Milliseconds for which uses are gathered, unless told otherwise. */
const GATHER = 1_000;
/** Tokens whose last note is remembered. */
const REMEMBERED = 10_000;

export interface LastUse {
  touch(id: number, now: number): void;
  flush(): Promise<void>;
}

export function createLastUse(
  db: Database,
  writer: Writer,
  log: Logger,
  table: 'deploy_token_secrets' | 'personal_access_tokens' | 'converted_tokens' | 'refresh_tokens',
  gather = GATHER,
): LastUse {
  const update = db.prepare(
    `UPDATE ${table} SET last_used_at = max(ifnull(last_used_at, 0), ?) WHERE id = ?`,
  );
  const noted = new Map<number, number>();
  const waiting = new Map<number, number>();
  let timer: NodeJS.Timeout | null = null;

  async function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting.size === 0) return;
    const uses = [...waiting];
    waiting.clear();
    try {
      await writer.write(() => uses.forEach(([id, at]) => update.run(at, id)));
    } catch (error) {
      for (const [id] of uses) noted.delete(id);
      log.debug({ err: error, table }, 'last uses were not noted');
    }
  }

  return {
    touch: (id, now) => {
      const last = noted.get(id);
      if (last !== undefined && Math.abs(now - last) < NOTE_EVERY) return;
      if (noted.size >= REMEMBERED) noted.clear();
      noted.set(id, now);
      waiting.set(id, now);
      timer ??= setTimeout(() => void flush(), gather).unref();
    },
    flush,
  };
}
