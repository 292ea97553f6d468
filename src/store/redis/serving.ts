/** Who can be served now, and the figures behind it. */
import type { Serving, ServingState, StoreGauges } from '../ports.ts';
import type { Redis } from './connection/redis.ts';
import type { History } from './history/history.ts';
import type { Journal } from './journal/journal.ts';
import { DIRECTORY } from './keys.ts';
import type { OpenReplica } from './replica/open.ts';

export interface ServingParts {
  readonly redis: Pick<Redis, 'state'>;
  readonly history: Pick<History, 'state'>;
  readonly replica: Pick<OpenReplica, 'ping' | 'state'>;
  readonly journal: Pick<Journal, 'size'>;
  /** Milliseconds for which tokens, and the directory of anonymous callers, are served while Redis is away. */
  readonly staleCredentials: number;
  readonly staleAnonymous: number;
}

const SERVED: ServingState = { served: true };
const AWAY = 'Redis does not answer';

const refused = (why: string): ServingState => ({ served: false, why });

function closedPartitions({ history }: ServingParts): readonly string[] {
  return [...history.state()].flatMap(([partition, { open }]) => (open ? [] : [partition]));
}

function jobTokens(parts: ServingParts, answers: boolean): ServingState {
  if (!answers) return refused(AWAY);
  const closed = closedPartitions(parts).filter((partition) => partition !== DIRECTORY);
  if (closed.length === 0) return SERVED;
  const some = `${closed.length} of 16 partitions of jobs`;
  return refused(`the history of ${some} changed, and not every instance has replayed its journal`);
}

function fromReplica({ replica }: ServingParts, answers: boolean, mayBeOld: number): ServingState {
  const { misfit, ageMs } = replica.state();
  if (misfit !== null) return refused(misfit.message);
  if (answers || ageMs < mayBeOld) return SERVED;
  return refused(mayBeOld === 0 ? AWAY : `${AWAY}, and the copy here is too old`);
}

export function createServing(parts: ServingParts) {
  const { redis, replica, journal, staleCredentials, staleAnonymous } = parts;
  return {
    serving: async (): Promise<Serving> => {
      const answers = await replica.ping().then(
        () => true,
        () => false,
      );
      return {
        jobTokens: jobTokens(parts, answers),
        storedTokens: fromReplica(parts, answers, staleCredentials),
        anonymous: fromReplica(parts, answers, Math.max(staleCredentials, staleAnonymous)),
      };
    },
    gauges: (): StoreGauges => {
      const { version, ageMs } = replica.state();
      return {
        replicaAgeSeconds: ageMs / 1000,
        replicaVersion: version,
        closedPartitions: closedPartitions(parts).length,
        journalPending: journal.size().pending,
        breaker: redis.state(),
      };
    },
  };
}
