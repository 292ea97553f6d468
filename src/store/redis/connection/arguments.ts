/** Nothing but text and whole numbers reaches the server: ioredis would spread an array into further arguments. */
import type { Argument, ScriptCall } from './redis.ts';

function argumentText(value: Argument): string {
  if (typeof value === 'string') return value;
  if (Number.isSafeInteger(value)) return String(value);
  throw new TypeError('an argument of a script is neither text nor a safe integer');
}

function keyText(key: string): string {
  if (typeof key === 'string') return key;
  throw new TypeError('a key of a script is no text');
}

/** @throws TypeError for anything else, whatever the types said */
export function callArguments(call: ScriptCall): { keys: string[]; args: string[] } {
  return { keys: call.keys.map(keyText), args: call.args.map(argumentText) };
}
