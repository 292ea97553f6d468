/**
 * `npm run bench:directory`: a directory of a million projects, imported, listed, started on, and asked for tokens beside
 * one that is as good as empty. `-- --size=0.1` makes a tenth of it; `-- --write` keeps the figures in bench/README.md.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled, root } from '../scripts/ensure.mjs';
import { fillDirectory, basic, tokenPath } from './directory.mjs';
import { projectPath, tokenUsername, writeDirectoryFile } from './directory-file.mjs';
import { CLIENT_CORE, bring, environmentWith, freePort, makeFolder } from './processes.mjs';
import { measure, peakMemory, until } from './processes.mjs';
import { toRequests } from './requests.mjs';
import { environment, startWharfpass } from './start-up.mjs';
import { describeMachine, goalTable, median, plainTable, writeFigures } from './table.mjs';

const { values } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    size: { type: 'string', default: '1.0' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '9' },
  },
});
const GOALS = { ratio: 0.9, deep: 2 };
const WARM_UP = 2;
const STARTS = 3;
/** Projects of the large directory whose deploy tokens are asked with, each its own: more than a server remembers. */
const SPREAD = 20_000;
const LOOKS = 20;

await ensureInstalled();
await ensureBuilt();
if (!bring('wrk', 'wrk') || !bring('taskset', 'util-linux') || availableParallelism() < 2) {
  throw new Error('the benchmark needs wrk, taskset and two cores');
}

const size = Number(values.size);
const folder = makeFolder(join(tmpdir(), 'wharfpass-bench-'));
const running = [];
const main = join(root, 'dist', 'main.js');
const tell = (text) => console.error(text);
const megabytes = (bytes) => Math.round(bytes / 1e6).toLocaleString('en-US');

async function serve(place) {
  const port = await freePort();
  const begun = performance.now();
  const server = startWharfpass(port, place);
  running.push(server);
  const url = `http://127.0.0.1:${port}`;
  await until(`${url}/readyz`, (status) => status === 200);
  return { ...server, port, url, place, took: performance.now() - begun };
}

const adminToken = ({ place }) => readFileSync(join(place, 'data', 'admin-token'), 'utf8').trim();

/** The file, and requests for as many of its projects as are asked for, each with the project's own token. */
async function makeFile() {
  const file = join(folder, 'directory.yml');
  const step = Math.max(1, Math.floor((1_000_000 * size) / SPREAD));
  const pairs = [];
  const counts = await writeDirectoryFile(file, {
    size,
    onSecret: (index, secret) => {
      if (index % step !== 0 || pairs.length === SPREAD) return;
      const path = tokenPath(projectPath(index), 'pull');
      pairs.push([path, basic(tokenUsername(index), secret)]);
    },
  });
  // A fixed order that is not that of the file, as no client keeps to it.
  const order = pairs.map((pair, index) => [(index * 7_919) % pairs.length, pair]);
  const mixed = order.toSorted(([a], [b]) => a - b).map(([, pair]) => pair);
  const spread = { ...toRequests(join(folder, 'spread'), mixed), count: mixed.length };
  return { file, counts, spread };
}

/** Runs `wharfpass import` on the second core. */
async function importFile({ url, place, pid }, { file, counts }) {
  const env = { ...environment(place), WHARFPASS_URL: url };
  const args = ['-c', CLIENT_CORE, process.execPath, main, 'import', file];
  const begun = performance.now();
  const child = spawn('taskset', args, {
    env: environmentWith(env),
    cwd: place,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let client = 0;
  const watch = setInterval(() => (client = Math.max(client, peakMemory(child.pid) ?? 0)), 200);
  const [code] = await once(child, 'exit');
  clearInterval(watch);
  if (code !== 0) throw new Error(`the import ended with ${code}`);
  const seconds = (performance.now() - begun) / 1000;
  const records = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { seconds, records, client, server: peakMemory(pid) };
}

/** Median milliseconds of one request. */
async function timeOf(server, path) {
  const times = [];
  for (let look = 0; look < LOOKS; look += 1) {
    const begun = performance.now();
    const response = await fetch(`${server.url}/api/v4${path}`, {
      headers: { 'PRIVATE-TOKEN': adminToken(server) },
    });
    await response.text();
    if (!response.ok) throw new Error(`${path}: status ${response.status}`);
    times.push(performance.now() - begun);
  }
  return median(times);
}

/** A page of each list at its start and near its end. */
async function lists(server, { projects, users }) {
  const page = 'pagination=keyset&order_by=id&sort=asc&per_page=100';
  const deep = (count) => Math.floor(count * 0.98);
  const cursor = (...place) => Buffer.from(JSON.stringify(place)).toString('base64url');
  const last = projectPath(deep(projects));
  const pairs = [
    ['projects, a page of 100', `/projects?${page}`, `&id_after=${deep(projects)}`],
    ['users, a page of 100', `/users?${page}`, `&cursor=${cursor(null, deep(users))}`],
    [
      'export of members, a page of 1,000',
      '/directory/export?kind=members',
      `&after=${cursor(last, '')}`,
    ],
  ];
  const rows = [];
  for (const [what, path, far] of pairs) {
    rows.push([what, await timeOf(server, path), await timeOf(server, path + far)]);
  }
  return rows;
}

async function startTimes(place) {
  const times = [];
  for (let start = 0; start < STARTS; start += 1) {
    const server = await serve(place);
    times.push(server.took);
    await server.stop();
  }
  return median(times);
}

/** Pairs of the same requests to both, one right after the other. */
async function throughput(small, large, kinds, spread) {
  const kept = kinds.filter(({ name }) => !name.startsWith('job'));
  const cases = kept.flatMap(({ name, small: few, large: many }) => [
    { what: name, side: 'small', name, port: small.port, requests: few },
    { what: name, side: 'large', name, port: large.port, requests: many },
  ]);
  const many = spread.count.toLocaleString('en-US');
  const what = `deploy token, pull, ${many} projects, each its own`;
  cases.push({ what, side: 'large', name: what, port: large.port, requests: spread });
  const figures = new Map(cases.map((one) => [one.what, { small: [], large: [] }]));
  for (const one of cases) await measure({ ...one, requests: one.requests.file, seconds: WARM_UP });
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    // The one that went first goes second the next time, so that a machine that slows down favours neither.
    for (const one of round % 2 === 0 ? cases.toReversed() : cases) {
      const seconds = Number(values.seconds);
      const { rate } = await measure({ ...one, requests: one.requests.file, seconds });
      figures.get(one.what)[one.side].push(rate);
      tell(`round ${round}: ${one.side}: ${one.name}: ${Math.round(rate)}/s`);
    }
  }
  return figures;
}

function rateRows(figures) {
  return [...figures].map(([what, { small, large }]) => {
    const ratios = large.map((rate, round) => rate / (small[round] ?? Number.NaN));
    const ratio = median(ratios);
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((one) => one.toFixed(2));
    const reached = Number.isNaN(ratio) || ratio >= GOALS.ratio;
    const rate = `${Math.round(median(large)).toLocaleString('en-US')}/s`;
    const shown = Number.isNaN(ratio)
      ? rate
      : `${rate}, ${ratio.toFixed(2)} (${least}–${most}) of the empty one`;
    const goal = Number.isNaN(ratio) ? '' : `≥ ${GOALS.ratio}`;
    return [`tokens: ${what}`, shown, goal, reached];
  });
}

const machine = describeMachine();
try {
  const made = await makeFile();
  const { counts } = made;
  tell(`${megabytes(statSync(made.file).size)} MB of ${Object.values(counts).join(' + ')} records`);
  const places = ['small', 'large'].map((name) => join(folder, name));
  for (const place of places) mkdirSync(place);
  let large = await serve(places[1]);
  const load = await importFile(large, made);
  tell(`imported in ${Math.round(load.seconds)} s`);
  const listed = await lists(large, counts);
  // The same thousand projects and credentials on both, so that nothing but the size around them differs.
  let small = await serve(places[0]);
  const fill = async (server, name) => {
    const at = join(folder, `${name}-requests`);
    mkdirSync(at);
    return fillDirectory({ url: server.url, dataDir: join(server.place, 'data'), folder: at });
  };
  const few = await fill(small, 'small');
  const many = await fill(large, 'large');
  const kinds = few.map(({ name, requests }, index) => ({
    name,
    small: requests,
    large: many[index].requests,
  }));
  await small.stop();
  await large.stop();
  const database = join(places[1], 'data', 'wharfpass.db');
  const bytes = ['', '-wal'].map((end) => database + end).filter((file) => existsSync(file));
  const onDisk = bytes.reduce((sum, file) => sum + statSync(file).size, 0);
  const starts = { small: await startTimes(places[0]), large: await startTimes(places[1]) };
  [small, large] = [await serve(places[0]), await serve(places[1])];
  const figures = await throughput(small, large, kinds, made.spread);
  const rate = Math.round(load.records / load.seconds).toLocaleString('en-US');
  const text = [
    `${machine} Size ${size}: ${Object.entries(counts)
      .map(([kind, count]) => `${count.toLocaleString('en-US')} ${kind.replace('_', ' ')}`)
      .join(', ')}.`,
    plainTable(
      ['What', 'Measured'],
      [
        ['file that is imported', `${megabytes(statSync(made.file).size)} MB`],
        ['import', `${Math.round(load.seconds)} s, ${rate} records/s`],
        ['peak memory of the server', `${Math.round(load.server)} MB`],
        ['peak memory of the command', `${Math.round(load.client)} MB`],
        ['database', `${megabytes(onDisk)} MB`],
        ['start, empty directory', `${Math.round(starts.small)} ms`],
        ['start, this directory', `${Math.round(starts.large)} ms`],
      ],
    ),
    goalTable([
      ...listed.map(([what, near, far]) => [
        `${what}: start / deep`,
        `${near.toFixed(1)} / ${far.toFixed(1)} ms`,
        `deep ≤ ${GOALS.deep} × start`,
        far <= GOALS.deep * near,
      ]),
      ...rateRows(figures),
    ]),
  ].join('\n\n');
  console.log(text);
  if (values.write) await writeFigures(text, 'directory');
} finally {
  for (const server of running.toReversed()) await server.stop();
}
