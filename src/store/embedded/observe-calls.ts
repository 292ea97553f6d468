import { performance } from 'node:perf_hooks';
import { AppError } from '../../errors.ts';
import type { OnStoreCall, Store } from '../ports.ts';

type Ports = Pick<
  Store,
  | 'directory'
  | 'jobs'
  | 'deployTokens'
  | 'personalAccessTokens'
  | 'convertedTokens'
  | 'refreshTokens'
  | 'jobTokenUses'
  | 'bulk'
>;
type Verb = (...args: unknown[]) => unknown;

function outcomeOf(error: unknown): string {
  if (!(error instanceof AppError)) return 'failed';
  return error.code === 'store_unavailable' ? 'unavailable' : 'refused';
}

/** What answers at once, as `touch` does, has nothing to time. */
function observed(call: string, verb: Verb, onCall: OnStoreCall): Verb {
  return (...args) => {
    const begun = performance.now();
    const answer = verb(...args);
    if (!(answer instanceof Promise)) return answer;
    return answer.then(
      (value: unknown) => {
        onCall(call, 'ok', performance.now() - begun);
        return value;
      },
      (error: unknown) => {
        onCall(call, outcomeOf(error), performance.now() - begun);
        throw error;
      },
    );
  };
}

/** The same ports, each verb of which tells `onCall` how it went: `jobs.admit`, `directory.facts`, … */
export function observeCalls(ports: Ports, onCall: OnStoreCall | undefined): Ports {
  if (onCall === undefined) return ports;
  const entries = Object.entries(ports).map(([name, port]) => {
    const verbs = Object.entries(port as unknown as Record<string, Verb>);
    const told = verbs.map(([verb, run]) => [verb, observed(`${name}.${verb}`, run, onCall)]);
    return [name, Object.fromEntries(told) as unknown];
  });
  return Object.fromEntries(entries) as Ports;
}
