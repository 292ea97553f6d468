/**
 * `npm run bench`: requests per second for each kind of credential, beside a bare floor and docker_auth, in one run and
 * in turns, so that all meet the same machine. Then memory and start-up. `-- --write` keeps the figures in
 * bench/README.md; `-- --seconds=2 --rounds=1` makes a quick look of it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled, root } from '../scripts/ensure.mjs';
import { STATIC_USER, configureDockerAuth, dockerAuth } from './docker-auth.mjs';
import { fillDirectory } from './directory.mjs';
import { bring, freePort, measure, startPinned, until } from './processes.mjs';
import { startUp, startWharfpass } from './start-up.mjs';
import { describeMachine, goalTable, median, throughputTable, writeFigures } from './table.mjs';
import { askElsewhere } from './requests.mjs';

const FLOOR = 'floor: node:http and one ES256 signature';
/** Seconds of each case that do not count: Node.js compiles what is hot while it runs. */
const WARM_UP = 2;
const GOALS = { ratio: 0.65, memory: 120, start: 700 };

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

const folder = mkdtempSync(join(tmpdir(), 'wharfpass-bench-'));
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

async function prepareCases() {
  const port = await freePort();
  running.push(startWharfpass(port, folder));
  const url = `http://127.0.0.1:${port}`;
  await until(`${url}/healthz`, (status) => status === 200);
  const kinds = await fillDirectory({ url, dataDir: join(folder, 'data'), folder });
  const own = kinds.map((kind) => ({ ...kind, name: `wharfpass: ${kind.name}`, port }));

  const floorPort = await freePort();
  running.push(
    startPinned(process.execPath, [join(root, 'bench', 'floor.mjs'), String(floorPort)]),
  );
  const [{ requests, actions }] = own;
  const floor = { name: FLOOR, requests, actions, port: floorPort };

  const peer = dockerAuth();
  if (peer === null) return [floor, ...own];
  const peerPort = await freePort();
  const config = configureDockerAuth(join(folder, 'docker-auth'), peerPort);
  running.push(startPinned(peer, ['-logtostderr', config]));
  const asking = (file, authorization) =>
    askElsewhere(join(folder, file), requests, '/auth', authorization);
  const peerCase = (name, asked) => ({ name, requests: asked, actions, port: peerPort });
  return [
    floor,
    ...own,
    peerCase('docker_auth: anonymous', asking('peer-anonymous', '')),
    peerCase('docker_auth: static user, bcrypt 5', asking('peer-user', STATIC_USER)),
  ];
}

async function throughput() {
  const cases = await prepareCases();
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

function goals(figures, start) {
  const floor = figures.get(FLOOR);
  const ratios = [...figures].filter(([name]) => name.startsWith('wharfpass'));
  const rows = ratios.map(([name, rounds]) => {
    const ratio = median(rounds.map(({ rate }, round) => rate / floor[round].rate));
    return [name, ratio.toFixed(2), `≥ ${GOALS.ratio}`, ratio >= GOALS.ratio];
  });
  const milliseconds = (time) => `${Math.round(time)} ms`;
  return goalTable([
    ...rows,
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
  await Promise.all(running.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
}
