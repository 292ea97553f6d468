/** Requests at a steady rate, whatever becomes of those before. */
import { performance } from 'node:perf_hooks';
import type { Answer } from './client.ts';

export interface Load {
  /** Waits for what is under way. */
  stop(): Promise<{
    readonly sent: number;
    readonly perSecond: number;
    /** Milliseconds. */
    readonly slowest: number;
    /** Each that was not answered with 200. */
    readonly failures: readonly string[];
  }>;
}

/** @param asks taken in turn */
export function sendSteadily(perSecond: number, asks: readonly (() => Promise<Answer>)[]): Load {
  const began = performance.now();
  const underWay = new Set<Promise<void>>();
  const failures: string[] = [];
  let sent = 0;
  let slowest = 0;

  async function one(ask: () => Promise<Answer>): Promise<void> {
    const start = performance.now();
    try {
      const { status, text } = await ask();
      if (status !== 200) failures.push(`${Math.round(start - began)} ms: ${status} ${text}`);
    } catch (error) {
      failures.push(`${Math.round(start - began)} ms: ${String(error)}`);
    }
    slowest = Math.max(slowest, performance.now() - start);
  }

  const timer = setInterval(() => {
    // What a busy machine was late with is sent now.
    const due = ((performance.now() - began) / 1000) * perSecond;
    while (sent < due) {
      const ask = asks[sent % asks.length];
      sent += 1;
      if (ask === undefined) break;
      const request: Promise<void> = one(ask).finally(() => underWay.delete(request));
      underWay.add(request);
    }
  }, 3);

  return {
    stop: async () => {
      clearInterval(timer);
      const seconds = (performance.now() - began) / 1000;
      await Promise.all(underWay);
      return { sent, perSecond: sent / seconds, slowest, failures };
    },
  };
}
