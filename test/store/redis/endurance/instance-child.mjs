/**
 * An instance in a process of its own, that can be killed and cut off:
 *
 *   node instance-child.mjs <dist> <options as JSON>
 *
 * Says `{}` once the store is open. Then each line of its input is a call, `{n, port, verb, args}`, and each line of its
 * output an answer, `{n, value}` or `{n, code, message}`.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [dist, options] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(join(dist, file)).href);
const { openRedisStore } = await load('store/redis/open.js');
const { Secret } = await load('credential/secret.js');
const { createLog } = await load('log.js');

const { url, ...rest } = JSON.parse(options);
const say = (answer) => writeSync(1, `${JSON.stringify(answer)}\n`);
const store = await openRedisStore({
  ...rest,
  url: new Secret(url),
  tls: {},
  clock: { now: Date.now },
  log: createLog({ level: 'silent' }, process.stderr),
});

async function call({ n, port, verb, args }) {
  try {
    const value = port === null ? await store[verb](...args) : await store[port][verb](...args);
    say({ n, value });
  } catch (error) {
    say({ n, code: error.code ?? 'internal', message: String(error.message) });
  }
}

createInterface({ input: process.stdin }).on('line', (line) => void call(JSON.parse(line)));
say({});
