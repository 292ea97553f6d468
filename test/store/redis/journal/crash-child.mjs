/**
 * The process that crash.test.ts kills: notes ends in the built journal, and says so once each is acknowledged.
 *
 *   node crash-child.mjs <dist> <data dir> <first job id>
 */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [dist, dataDir, first] = process.argv.slice(2);
const { openJournal } = await import(
  pathToFileURL(join(dist, 'store/redis/journal/journal.js')).href
);
const log = { debug() {}, warn() {}, error() {} };
const journal = await openJournal({
  dataDir,
  log,
  maxJobLife: 3_600_000,
  clock: { now: Date.now },
  newId: () => 'the-same-each-time-0000',
});
let next = Number(first);

async function work() {
  for (;;) {
    const jobId = next++;
    const tokenHash = createHash('sha256').update(`${jobId}`).digest('base64url');
    await journal.recordEnd({ projectId: 7, jobId, tokenHash, status: 'success', at: Date.now() });
    writeSync(1, `${jobId}\n`);
    await journal.recordRevocation({
      kind: 'personal',
      holder: null,
      tokenId: jobId,
      at: Date.now(),
    });
    writeSync(1, `${-jobId}\n`);
  }
}
await Promise.all(Array.from({ length: 8 }, work));
