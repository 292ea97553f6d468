/**
 * `npm run bench`: requests per second for each kind of credential, beside a bare floor and docker_auth, in one run and
 * in turns, so that all meet the same machine. Before that memory and start-up. `-- --write` keeps the figures in
 * bench/README.md; `-- --seconds=2 --rounds=1` makes a quick look of it.
 */
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled } from '../scripts/ensure.mjs';
import { FLOOR, kindsOf, onEmbedded, onRedis, prepareCases } from './cases.mjs';
import { bring, makeFolder, measure, until } from './processes.mjs';
import { startUp } from './start-up.mjs';
import { describeMachine, goalTable, median, throughputTable, writeFigures } from './table.mjs';

/** Seconds of each case that do not count: Node.js compiles what is hot while it runs. */
const WARM_UP = 2;
const GOALS = { ratio: 0.65, onRedis: 0.6, memory: 120, start: 700 };

const { values } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
  },
});

await ensureInstalled();
await ensureBuilt();
if (!bring('wrk', 'wrk') || !bring('taskset', 'util-linux') || availableParallelism() < 2) {
  throw new Error('the benchmark needs wrk, taskset and two cores');
}

const folder = makeFolder(join(tmpdir(), 'wharfpass-bench-'));
const running = [];

const accessOf = (body) =>
  JSON.parse(Buffer.from(JSON.parse(body).token.split('.')[1], 'base64url').toString()).access;

/** Refuses to measure a server that answers with less than was asked for. */
async function checkFirst({ name, port, requests, actions }) {
  const [path, authorization] = requests.first;
  const headers = authorization === '' ? {} : { authorization };
  const body = await until(`http://127.0.0.1:${port}${path}`, (status) => status === 200, {
    headers,
  });
  const granted = accessOf(body)[0]?.actions ?? [];
  if (granted.join() !== actions.join()) throw new Error(`${name}: granted ${granted.join()}`);
}

async function throughput() {
  const cases = await prepareCases(folder, running);
  for (const one of cases) await checkFirst(one);
  const figures = new Map(cases.map(({ name }) => [name, []]));
  for (const one of cases) await measure({ ...one, requests: one.requests.file, seconds: WARM_UP });
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const one of cases) {
      const figure = await measure({
        ...one,
        requests: one.requests.file,
        seconds: Number(values.seconds),
      });
      figures.get(one.name).push(figure);
      console.error(`round ${round + 1}: ${one.name}: ${Math.round(figure.rate)}/s`);
    }
  }
  return figures;
}

/** Rows of the goals that are ratios of two cases, taken within a round. */
function ratioRows(figures) {
  const row = (what, name, base, goal) => {
    const rates = figures.get(base).map((one) => one.rate);
    const ratio = median(figures.get(name).map(({ rate }, round) => rate / rates[round]));
    return [what, ratio.toFixed(2), `≥ ${goal}`, ratio >= goal];
  };
  const kinds = kindsOf([...figures.keys()]);
  const both = kinds.filter((kind) => figures.has(onRedis(kind)));
  return [
    ...kinds.map((kind) => row(onEmbedded(kind), onEmbedded(kind), FLOOR, GOALS.ratio)),
    ...both.map((kind) =>
      row(`Redis / embedded: ${kind}`, onRedis(kind), onEmbedded(kind), GOALS.onRedis),
    ),
  ];
}

function goals(figures, start) {
  const milliseconds = (time) => `${Math.round(time)} ms`;
  return goalTable([
    ...ratioRows(figures),
    [
      'memory after one request',
      `${Math.round(start.memory)} MB`,
      `< ${GOALS.memory} MB`,
      start.memory < GOALS.memory,
    ],
    [
      'start to first token',
      milliseconds(start.again),
      `< ${GOALS.start} ms`,
      start.again < GOALS.start,
    ],
    [
      'first start of all, keys made',
      milliseconds(start.first),
      `< ${GOALS.start} ms`,
      start.first < GOALS.start,
    ],
  ]);
}

const machine = describeMachine();
try {
  const start = await startUp(folder);
  const figures = await throughput();
  const text = [machine, throughputTable(figures, FLOOR), goals(figures, start)].join('\n\n');
  console.log(text);
  if (values.write) await writeFigures(text);
} finally {
  // Redis last: it was started first, and who uses it takes leave of it.
  for (const server of running.toReversed()) await server.stop();
}
