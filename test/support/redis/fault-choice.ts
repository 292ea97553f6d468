import type { Fault } from './fault.ts';
import type { Command } from './fault-relay.ts';

export type Choice = (command: Command) => boolean;

/** True of commands with one of these names, for faults that shall not hit a client's greeting. */
export const named =
  (...names: readonly string[]): Choice =>
  ([name = '']) =>
    names.includes(name);
/** The commands that run a script. */
export const scripts = named('EVAL', 'EVALSHA');

export interface Seen {
  /** Connections since the start, and those that stand now. */
  connections: number;
  open: number;
  /** Bytes from the client, and from the server. */
  sent: number;
  received: number;
  commands: number;
}

interface Armed {
  left: number;
  readonly fault: Fault;
  readonly choice: Choice;
  readonly struck: () => void;
}

const any: Choice = () => true;

/** Decides which fault a command meets, and counts. */
export function faultSource(seen: Seen) {
  const armed = new Set<Armed>();
  let standing: { fault: Fault; choice: Choice } | undefined;
  return {
    take(command: Command): Fault | undefined {
      seen.commands++;
      const due = [...armed].filter(({ choice }) => choice(command));
      for (const one of due) one.left--;
      const hit = due.find(({ left }) => left <= 0);
      if (hit === undefined) return undefined;
      armed.delete(hit);
      hit.struck();
      return hit.fault;
    },
    standing: (command: Command) =>
      standing?.choice(command) === true ? standing.fault : undefined,
    set: (fault: Fault, choice: Choice = any) => void (standing = { fault, choice }),
    next: (fault: Fault, nth = 1, choice: Choice = any) =>
      new Promise<void>((struck) => armed.add({ left: nth, fault, choice, struck })),
    clear() {
      standing = undefined;
      armed.clear();
    },
  };
}
