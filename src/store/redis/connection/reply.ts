/** What a script answered, checked before anything of it is believed. */
import type { ScriptReply } from './redis.ts';

const REPLID_LENGTH = 40;

/** The answer is not to this call: something on the way doubled, lost or mixed up answers. */
export class OutOfStep extends Error {
  constructor(what: string) {
    super(`the server's answer is not one to this call: ${what}`);
    this.name = 'OutOfStep';
  }
}

/**
 * @param value what the server sent
 * @param nonce the call's own, which the prelude sends back first
 * @throws OutOfStep
 */
export function readReply(value: unknown, nonce: string): ScriptReply {
  if (!Array.isArray(value)) throw new OutOfStep('not an array');
  const [echoed, serverTime, replid, status, ...values] = value as readonly unknown[];
  if (echoed !== nonce) throw new OutOfStep('another nonce');
  if (typeof serverTime !== 'number' || !Number.isSafeInteger(serverTime)) {
    throw new OutOfStep('no time');
  }
  if (typeof replid !== 'string' || replid.length !== REPLID_LENGTH) {
    throw new OutOfStep('no replication id');
  }
  if (typeof status !== 'string' || status === '') throw new OutOfStep('no status');
  return { status, values, replid, serverTime };
}
