/** Answers that may admit somebody count only if they come from a history that this instance has vetted. */
import { storeUnavailable } from '../../errors.ts';
import type { Redis, ScriptCall, ScriptReply } from './connection/redis.ts';
import type { History } from './history/history.ts';

/**
 * An instance has several connections, and a primary that was cut off goes on for a while: one connection may still
 * lead to it when another has seen its successor. What it says then may be older than an end that was acknowledged
 * elsewhere.
 */
export function createVetted(
  redis: Pick<Redis, 'run' | 'runDurably'>,
  history: Pick<History, 'isTrusted' | 'kick'>,
): Pick<Redis, 'run' | 'runDurably'> {
  function vet<Reply extends ScriptReply>(call: ScriptCall, reply: Reply): Reply {
    if (history.isTrusted(call.partition, reply.replid)) return reply;
    history.kick(call.partition);
    throw storeUnavailable(`redis, ${call.script}: the answer is from a history not vetted here`);
  }
  return {
    run: async (call) => vet(call, await redis.run(call)),
    runDurably: async (call) => vet(call, await redis.runDurably(call)),
  };
}
