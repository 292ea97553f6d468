/** Tells of the users and projects that this instance's own commits removed, so that their jobs can be ended. */
import type { Logger } from '../../../log.ts';
import type { Commit, Table } from './commit.ts';

export interface Removed {
  readonly userIds: readonly number[];
  readonly projectIds: readonly number[];
}

export type OnRemoved = (removed: Removed) => Promise<void>;

export interface Removals {
  /** Before a commit is sent: it may turn up later even if no answer came. */
  sent(commitId: string): void;
  applied(commits: readonly Commit[]): void;
  /** Resolves once what the commit led to is done. */
  settled(commitId: string): Promise<void>;
}

/** Commits without an answer that are remembered. */
const REMEMBERED = 1_000;

function gone({ ops }: Commit, table: Table): readonly number[] {
  return ops.flatMap(([name, key, columns]) =>
    name === table && columns === null ? [Number(key)] : [],
  );
}

export function createRemovals(log: Logger, onRemoved: OnRemoved): Removals {
  const own = new Set<string>();
  const running = new Map<string, Promise<void>>();

  function start(commit: Commit): void {
    const removed = { userIds: gone(commit, 'users'), projectIds: gone(commit, 'projects') };
    if (removed.userIds.length + removed.projectIds.length === 0) return;
    const work = onRemoved(removed)
      .catch((error: unknown) => {
        // Their tokens are refused all the same: a job without its user or project has no rights.
        log.error({ err: error, ...removed }, 'the jobs of what was removed were not ended');
      })
      .finally(() => running.delete(commit.id));
    running.set(commit.id, work);
  }

  return {
    sent: (commitId) => {
      const [oldest] = own;
      if (own.size >= REMEMBERED && oldest !== undefined) own.delete(oldest);
      own.add(commitId);
    },
    applied: (commits) => commits.filter(({ id }) => own.delete(id)).forEach(start),
    settled: async (commitId) => running.get(commitId),
  };
}
