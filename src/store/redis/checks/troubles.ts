/** Why servers cannot be reached: connections only log it, as they try again by themselves. */
import { createLog, type Logger } from '../../../log.ts';

export interface Troubles {
  /** For connections. */
  readonly log: Logger;
  /** The last reason for a server (`host:port`), or for any; undefined where there was none. */
  of(server?: string): string | undefined;
}

export function collectTroubles(): Troubles {
  const reasons = new Map<string, string>();
  const write = (line: string): void => {
    const { server, reason } = JSON.parse(line) as Record<string, unknown>;
    if (typeof server === 'string' && typeof reason === 'string') reasons.set(server, reason);
  };
  return {
    log: createLog({ level: 'debug' }, { write }),
    of: (server) => (server === undefined ? [...reasons.values()].at(-1) : reasons.get(server)),
  };
}
