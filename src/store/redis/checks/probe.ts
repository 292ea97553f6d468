/** One server that is asked about itself. */
import type { Clock } from '../../../clock.ts';
import { ask } from '../connection/ask.ts';
import type { Access } from '../connection/client-options.ts';
import { endpointText, type Endpoint } from '../connection/endpoint.ts';
import { inspectServer } from '../connection/inspect.ts';
import { openLine, type Line } from '../connection/line.ts';
import type { ServerReport } from '../connection/redis.ts';
import { SETTINGS, type DataServer } from './deployment.ts';
import type { Troubles } from './troubles.ts';

/** What the checks ask a server. */
export interface ServerProbe {
  /** INFO and CONFIG GET. */
  report(names: readonly string[]): Promise<ServerReport>;
  /** TIME, in milliseconds since the epoch. */
  time(): Promise<number>;
}

/** Milliseconds. A server that takes longer to let us in is as good as away. */
const PATIENCE = 3000;
const LOOK_EVERY = 20;
const TIME_QUESTIONS = 3;

/** Asks until it is true; false where it was not within three seconds. */
export async function soon(question: () => boolean | Promise<boolean>): Promise<boolean> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    if (await question()) return true;
    if (performance.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

/** Words of a server or of TLS that a further attempt would only hear again. */
const FINAL = /^(?:WRONGPASS|NOAUTH|NOPERM|ERR)\b|certificate|altnames/i;

/** Runs `work` on a connection of its own. Rejects with the reason where the server lets nobody in. */
export async function withLine<T>(
  server: Endpoint,
  access: Access,
  troubles: Troubles,
  work: (line: Line) => Promise<T>,
): Promise<T> {
  const line = openLine({ server, access, name: 'wharfpass-check', log: troubles.log });
  try {
    const trouble = (): string | undefined => troubles.of(endpointText(server));
    await soon(() => line.ready() || FINAL.test(trouble() ?? ''));
    if (line.ready()) return await work(line);
    throw new Error(trouble() ?? 'no answer within 3 s');
  } finally {
    line.close();
  }
}

export function probeOf(line: Line): ServerProbe {
  return {
    report: (names) => inspectServer(line, names),
    async time() {
      const answer = await ask(line, 'time');
      const [seconds, micros] = Array.isArray(answer) ? (answer as unknown[]).map(Number) : [];
      const time = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
      if (Number.isSafeInteger(time)) return time;
      throw new Error('TIME was not answered with a time');
    },
  };
}

/** The best of several: the one that took the least time can be the least wrong. */
async function compareClocks(
  probe: ServerProbe,
  clock: Clock,
): Promise<Pick<DataServer, 'clockAhead' | 'clockError'>> {
  let best = { clockAhead: Number.NaN, clockError: Infinity };
  for (let i = 0; i < TIME_QUESTIONS; i++) {
    const begun = performance.now();
    const before = clock.now();
    const theirs = await probe.time();
    const clockError = (performance.now() - begun) / 2;
    const clockAhead = Math.round(theirs - before - clockError);
    if (clockError < best.clockError) best = { clockAhead, clockError };
  }
  return best;
}

export async function askServer(probe: ServerProbe, clock: Clock): Promise<DataServer> {
  const { server, info, settings } = await probe.report(SETTINGS);
  // A Sentinel knows no TIME; that it is one is all that will be said of it.
  const sentinel = info.get('redis_mode') === 'sentinel';
  const clocks = sentinel ? { clockAhead: 0, clockError: 0 } : await compareClocks(probe, clock);
  return { name: server, info, settings, ...clocks };
}
