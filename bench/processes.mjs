/** Servers on the first core, wrk and Redis on the second, and what the machine around them did meanwhile. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

export const SERVER_CORE = '0';
export const CLIENT_CORE = '1';
const CONNECTIONS = 64;

const children = new Set();

/** A folder that is gone at the end of this process, with all servers, also where a signal ends it. */
export function makeFolder(prefix) {
  const folder = mkdtempSync(prefix);
  process.on('exit', () => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  return folder;
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Nothing of what is set for somebody else's server. */
export const environmentWith = (env) => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  ...env,
});

/** Starts a server pinned to a core, its output thrown away. */
export function startPinned(program, args, { env, cwd, core = SERVER_CORE } = {}) {
  const sink = openSync('/dev/null', 'w');
  const child = spawn('taskset', ['-c', core, program, ...args], {
    env: environmentWith(env),
    cwd,
    stdio: ['ignore', sink, sink],
  });
  closeSync(sink);
  children.add(child);
  child.once('exit', () => children.delete(child));
  return {
    pid: child.pid,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** Resolves to the first response for which `good` is true; asks every few milliseconds. */
export async function until(url, good, options) {
  const end = Date.now() + 20_000;
  for (;;) {
    const response = await fetch(url, options).catch(() => null);
    if (response !== null) {
      const body = await response.text();
      if (good(response.status, body)) return body;
    }
    if (Date.now() > end) throw new Error(`no good answer from ${url}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The share of both cores' time, in per cent, that the hypervisor gave to somebody else. */
function stealSince(before) {
  const now = cpuTimes();
  const part = (field) => now[field] - before[field];
  return (100 * part('steal')) / Math.max(1, part('total'));
}

function cpuTimes() {
  const [line] = readFileSync('/proc/stat', 'utf8').split('\n');
  const numbers = line.trim().split(/\s+/).slice(1, 9).map(Number);
  return { steal: numbers[7], total: numbers.reduce((sum, ticks) => sum + ticks, 0) };
}

/** One run of wrk. Every answer must be a good one, or there is no figure. */
export async function measure({ name, port, requests, seconds }) {
  const before = cpuTimes();
  const script = join(import.meta.dirname, 'requests.lua');
  const load = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', '-s', script];
  const args = ['-c', CLIENT_CORE, 'wrk', ...load, `http://127.0.0.1:${port}`];
  const child = spawn('taskset', args, { env: { ...process.env, BENCH_REQUESTS: requests } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  await once(child, 'close');
  const result = /^RESULT (\d+) (\d+) (\d+) (\d+) (\d+)$/m.exec(output);
  if (result === null) throw new Error(`wrk failed:\n${output}`);
  const [count, micros, errors, p50, p99] = result.slice(1).map(Number);
  if (errors > 0) throw new Error(`${name}: ${errors} of ${count} requests failed`);
  const rate = count / (micros / 1e6);
  return { rate, p50: p50 / 1000, p99: p99 / 1000, steal: stealSince(before) };
}

export const has = (program) => spawnSync('which', [program]).status === 0;

/** Brings a program by its Debian package where that is possible; false where it is not. */
export function bring(program, debianPackage) {
  if (has(program)) return true;
  if (process.getuid() !== 0) return false;
  const apt = (args) => spawnSync('apt-get', args, { stdio: ['ignore', 2, 2] });
  apt(['update', '-qq']);
  apt(['install', '-y', '-qq', '--no-install-recommends', debianPackage]);
  return has(program);
}

/** Most resident memory that a process has had, in MB; null where it is gone. */
export function peakMemory(pid) {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(kilobytes) / 1024;
  } catch {
    return null;
  }
}

/** Resident memory of a process in MB. taskset becomes the program that it starts, so the pid is the program's. */
export function residentMemory(pid) {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kilobytes) / 1024;
}
