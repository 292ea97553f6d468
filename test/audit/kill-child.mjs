/**
 * The process that test/audit/kill.test.ts kills:
 *
 *   node kill-child.mjs <dist> <data dir> <name>   writes events until it dies; says after which one all are written
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [dist, dataDir, name] = process.argv.slice(2);
const { openAudit } = await import(pathToFileURL(join(dist, 'audit/open.js')).href);
const log = { error() {}, warn() {} };
const settings = { file: true, max_size: 1, keep: 10_000, stdout: false };
const audit = openAudit({ settings, dataDir, instance: name, clock: { now: Date.now }, log });
const target = { kind: 'job', id: 1, path: null };

for (let n = 1; ; n++) {
  const text = 'x'.repeat((n * 37) % 3000);
  audit.changes.bySystem('job.started', target, { n, text });
  if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  if (n % 200 === 0) {
    await audit.settled();
    writeSync(1, `${n}\n`);
  }
}
