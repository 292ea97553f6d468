/** A connection over scripts that are made for these tests. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock, type Clock } from '../../../../src/clock.ts';
import { Secret } from '../../../../src/credential/secret.ts';
import { AppError } from '../../../../src/errors.ts';
import { createKeys } from '../../../../src/store/redis/keys.ts';
import { parseRedisAddress } from '../../../../src/store/redis/connection/address.ts';
import { createRedis } from '../../../../src/store/redis/connection/create.ts';
import type { Redis, ScriptCall } from '../../../../src/store/redis/connection/redis.ts';
import { loadScripts, type Script } from '../../../../src/store/redis/connection/script-files.ts';
import type { TlsFiles } from '../../../../src/store/redis/connection/tls.ts';
import { logLines, type LogLines } from '../../../support/log-lines.ts';
import { atEnd } from '../../../support/redis/child.ts';
import { stalledSince } from '../../../support/stalls.ts';

const SCRIPTS = {
  /** Gives its argument back. */
  echo: "return reply('ok', ARGV[3])",
  /** Adds an operation once, however often it is sent, and says how many there are. */
  add: "redis.call('SADD', KEYS[2], ARGV[3]) return reply('ok', redis.call('SCARD', KEYS[2]))",
  closed: "return reply('closed')",
  guarded: "if closed() then return reply('closed') end return reply('ok')",
  broken: "return redis.call('LPUSH', KEYS[2], 1)",
  changed: "return reply('ok', redis.call('PUBLISH', ARGV[3], ARGV[4]))",
} as const;

export function testScripts(
  more: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, Script> {
  const dir = mkdtempSync(join(tmpdir(), 'wharfpass-scripts-'));
  try {
    cpSync('src/store/redis/scripts/prelude.lua', join(dir, 'prelude.lua'));
    for (const [name, text] of Object.entries({ ...SCRIPTS, ...more })) {
      writeFileSync(join(dir, `${name}.lua`), text);
    }
    return loadScripts(pathToFileURL(`${dir}/`));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export interface Opened extends LogLines {
  readonly redis: Redis;
  /** `<script> <outcome>` of every call that ended. */
  readonly calls: string[];
}

export interface OpenOptions {
  readonly replicas?: number;
  readonly clock?: Clock;
  readonly tls?: TlsFiles;
  readonly scripts?: Readonly<Record<string, string>>;
  /** False: do not wait for the first connection. */
  readonly wait?: boolean;
}

export const keys = createKeys('test');

export async function openRedis(url: string, options: OpenOptions = {}): Promise<Opened> {
  const lines = logLines();
  const calls: string[] = [];
  const redis = createRedis({
    address: parseRedisAddress(new Secret(url)),
    replicas: options.replicas ?? 0,
    keys,
    clock: options.clock ?? systemClock,
    log: lines.log,
    scripts: testScripts(options.scripts),
    onCall: (script, outcome) => void calls.push(`${script} ${outcome}`),
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  });
  atEnd(() => redis.close());
  if (options.wait !== false && !(await redis.ready(10_000))) {
    throw new Error(`not connected: ${lines.text()}`);
  }
  return { ...lines, redis, calls };
}

export const echo = (text: string, partition = 'd'): ScriptCall => ({
  script: 'echo',
  partition,
  keys: [],
  args: [text],
});

export const add = (text: string, partition = 'd'): ScriptCall => ({
  script: 'add',
  partition,
  keys: [`test:{${partition}}:set`],
  args: [text],
});

export interface Ended {
  /** What the call gave back, or the error's code. */
  readonly said: unknown;
  /** The reason in the log's detail, of an error. */
  readonly detail: string | undefined;
  readonly ms: number;
}

/** Never rejects. Anything but an AppError is passed on as it is, so that a test sees it. */
export async function ended(
  call: Promise<{ readonly values: readonly unknown[] }>,
): Promise<Ended> {
  const begun = performance.now();
  const stalled = stalledSince();
  const done = (said: unknown, detail?: string): Ended => ({
    said,
    detail,
    ms: performance.now() - begun - stalled(),
  });
  try {
    return done((await call).values[0]);
  } catch (error) {
    return error instanceof AppError ? done(error.code, error.detail) : done(error);
  }
}

/** The answer; a rejection shows the reason that otherwise only a log would have. */
export async function explained<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof AppError ? new Error(error.detail, { cause: error }) : error;
  }
}
