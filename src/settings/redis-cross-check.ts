/** Settings of Redis that contradict each other, and files that are not there. */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Finding } from './explain-issue.ts';
import { redisForm } from './redis-section.ts';
import type { Settings } from './schema.ts';
import { readableByAll } from './secret-file.ts';

type RedisSettings = Settings['redis'];

export function crossCheckRedis(redis: RedisSettings, cwd: string): Finding[] {
  return [...replicas(redis), ...checkUrl(redis), ...tls(redis), ...files(redis, cwd)];
}

function replicas({ url, replicas: count, unsafe }: RedisSettings): Finding[] {
  if (url === undefined || count !== 0 || unsafe) return [];
  if (redisForm(url).form === 'single') return [];
  const text =
    'must be at least 1 with Sentinel or Cluster: a failover would bring finished jobs back';
  return [{ path: ['redis', 'replicas'], text }];
}

function checkUrl({ url, check_url: second }: RedisSettings): Finding[] {
  if (second === undefined) return [];
  const path = ['redis', 'check_url'];
  if (url === undefined) return [{ path, text: 'needs redis.url beside it' }];
  const [first, other] = [redisForm(url), redisForm(second)];
  if (first.form === other.form && first.tls === other.tls) return [];
  return [{ path, text: 'must start like redis.url: only user and password may differ' }];
}

function tls({ url, tls: { ca, cert, key } }: RedisSettings): Finding[] {
  const found: Finding[] = [];
  if (cert !== undefined && key === undefined) {
    found.push({ path: ['redis', 'tls', 'cert'], text: 'needs redis.tls.key beside it' });
  }
  if (key !== undefined && cert === undefined) {
    found.push({ path: ['redis', 'tls', 'key'], text: 'needs redis.tls.cert beside it' });
  }
  const any = [ca, cert, key].some((file) => file !== undefined);
  if (any && url !== undefined && !redisForm(url).tls) {
    const text = 'has no effect while redis.url starts with redis: write rediss for TLS';
    found.push({ path: ['redis', 'tls'], text });
  }
  return found;
}

function files({ tls: given }: RedisSettings, cwd: string): Finding[] {
  return Object.entries(given).flatMap(([name, file]) => {
    if (file === undefined) return [];
    const text = troubleWith(resolve(cwd, file), name === 'key');
    return text === null ? [] : [{ path: ['redis', 'tls', name], text }];
  });
}

function troubleWith(path: string, secret: boolean): string | null {
  try {
    if (!statSync(path).isFile()) return 'must name a file';
    accessSync(path, constants.R_OK);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    return `names a file that cannot be read (${code})`;
  }
  if (!secret || !readableByAll(path)) return null;
  return 'names a key that everybody can read; make its mode 0600 (chmod 600)';
}
