/**
 * `npm run bench:memory`: what a live job takes in Redis with all that leads to it, by starting a million of them as the
 * server does. `-- --write` keeps the figure in bench/README.md; `-- --jobs=100000` is quick.
 */
import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled, root } from '../scripts/ensure.mjs';
import { SERVER_CORE, makeFolder } from './processes.mjs';
import { hasRedis, startRedis } from './redis.mjs';
import { writeFigures } from './table.mjs';

const PROJECTS = 1000;
const USERS = 200;
/** Starts under way at a time, and the pause of one that failed: Redis is left alone for a moment then. */
const AT_ONCE = 32;
const PAUSE = 500;
const HOUR = 3_600_000;
const WEEK = 168 * HOUR;
/** Redis moves its tables to larger ones bit by bit; a fall of its figure comes late. */
const SETTLE = 2000;
const TELL_EVERY = 5000;
/** A share of starts. What is left of one that failed takes memory too, so the figure is at most that much too high. */
const MOST_FAILED = 0.01;

const { values } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '1000000' },
  },
});
const wanted = Number(values.jobs);
if (!Number.isSafeInteger(wanted) || wanted < 1) throw new Error('--jobs must be a number of jobs');
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The files of a memory benchmark need no disk. */
function placeOfFiles() {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

async function openStore(folder, url) {
  const load = (file) => import(join(root, 'dist', file));
  const [{ openRedisStore }, { Secret }, { systemClock }, { createLog }] = await Promise.all([
    load('store/redis/open.js'),
    load('credential/secret.js'),
    load('clock.js'),
    load('log.js'),
  ]);
  return openRedisStore({
    url: new Secret(url),
    tls: {},
    prefix: 'wharfpass',
    unsafe: false,
    staleCredentials: 0,
    staleAnonymous: 60_000,
    jobRetention: WEEK,
    maxJobLife: 24 * HOUR,
    dataDir: join(folder, 'data'),
    fingerprint: 'bench',
    clock: systemClock,
    log: createLog({ level: 'error' }, process.stderr),
  });
}

/** A job like many: an hour at most, no lease. */
function jobOf(id) {
  const now = Date.now();
  return {
    id,
    projectId: 1 + (id % PROJECTS),
    userId: 1 + (id % USERS),
    status: 'running',
    name: 'build-image',
    stage: 'build',
    ref: 'main',
    refProtected: true,
    environment: null,
    pipelineId: Math.ceil(id / 10),
    permissions: null,
    runner: { id: 1 + (id % 50), executor: 'docker' },
    tokenFormat: 'jwt',
    tokenHash: randomBytes(32).toString('base64url'),
    createdAt: now,
    startedAt: now,
    deadline: now + HOUR,
    leaseUntil: now + HOUR,
    leaseSeconds: null,
    startedBy: null,
  };
}

/** Resolves to how many starts failed. Those are made up for by others. */
async function startJobs({ jobs }, count) {
  let [claimed, started, failed] = [0, 0, 0];
  const began = performance.now();
  const tell = setInterval(() => {
    const rate = Math.round((1000 * started) / (performance.now() - began));
    console.error(`${started.toLocaleString('en-US')} started, ${rate}/s, ${failed} failed`);
  }, TELL_EVERY);
  async function worker() {
    while (claimed < count) {
      claimed += 1;
      try {
        await jobs.start(jobOf(await jobs.reserveId()));
        started += 1;
      } catch (error) {
        if (error.code !== 'store_unavailable') throw error;
        [claimed, failed] = [claimed - 1, failed + 1];
        await sleep(PAUSE);
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    clearInterval(tell);
  }
  return { failed, rate: (1000 * count) / (performance.now() - began) };
}

async function measure(folder) {
  const redis = await startRedis(folder, SERVER_CORE);
  try {
    const store = await openStore(folder, redis.url);
    try {
      const usedMemory = () => Number(redis.info('used_memory'));
      await sleep(SETTLE);
      const before = usedMemory();
      const { failed, rate } = await startJobs(store, wanted);
      await sleep(SETTLE);
      const bytes = usedMemory() - before;
      return { bytes, failed, rate, version: redis.info('redis_version') };
    } finally {
      await store.close();
    }
  } finally {
    await redis.stop();
  }
}

function describe({ bytes, version }) {
  const count = wanted.toLocaleString('en-US');
  const each = Math.round(bytes / wanted);
  const all = `${Math.round(bytes / 1e6).toLocaleString('en-US')} MB`;
  const where = `in ${PROJECTS.toLocaleString('en-US')} projects of ${USERS} users`;
  return `**${each} bytes a live job**: ${count} of them ${where} take ${all} (\`used_memory\` of Redis ${version}).`;
}

await ensureInstalled();
await ensureBuilt();
if (!hasRedis()) process.exit(1);
const result = await measure(makeFolder(join(placeOfFiles(), 'wharfpass-memory-')));
const { failed, rate } = result;
console.error(`${Math.round(rate).toLocaleString('en-US')} starts/s; ${failed} failed`);
console.log(describe(result));
if (failed > wanted * MOST_FAILED) throw new Error('too many starts failed for that figure');
if (values.write) await writeFigures(describe(result), 'memory');
