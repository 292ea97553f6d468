/** Rotations of the signing key while clients go on: raw ones, and skopeo. */
import { expect } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/clock.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { openLeafSet } from '../../src/signing/inventory.ts';
import { openKeyFolder } from '../../src/signing/key-folder.ts';
import { scheduleOf } from '../../src/signing/key-sets.ts';
import { longestLife } from '../../src/settings/longest-life.ts';
import { makeAccessToken, makeWorkplace } from './cast.ts';
import { pull, push } from './clients.ts';
import { unique, type Login, type World } from './world.ts';

interface Tally {
  /** Answers of the registry and the token server, and runs of skopeo. */
  requests: number;
  readonly rejected: string[];
  /** The keys that signed what the clients were given. */
  readonly kids: Set<string>;
}

interface Workplace {
  readonly world: World;
  readonly repository: string;
  readonly login: Login;
  readonly tally: Tally;
  readonly running: () => boolean;
}

const kidOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string })
    .kid;

/** Resolves to the body. */
async function check(tally: Tally, what: string, response: Response): Promise<string> {
  tally.requests += 1;
  const body = await response.text();
  if (!response.ok) tally.rejected.push(`${what}: ${response.status} ${body}`);
  return body;
}

async function tokenFor(place: Workplace, actions: string): Promise<string> {
  const { world, repository, login, tally } = place;
  const response = await world.token([`repository:${repository}:${actions}`], login);
  const { token } = JSON.parse(await check(tally, 'token', response)) as { token: string };
  tally.kids.add(kidOf(token));
  return token;
}

/** The least that a token for reading lives, with room for a slow machine. */
const KEEP = 240_000;

/** Reads with a fresh token, and with one that was given long ago: a key that signs no more is still good. */
async function rawPulls(place: Workplace): Promise<void> {
  const { world, repository, tally, running } = place;
  const url = `http://${world.registry}/v2/${repository}/manifests/v1`;
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  let [old, since] = [await tokenFor(place, 'pull'), Date.now()];
  while (running()) {
    const fresh = await tokenFor(place, 'pull');
    if (Date.now() - since > KEEP) [old, since] = [fresh, Date.now()];
    for (const token of [fresh, old]) {
      const headers = { accept, authorization: `Bearer ${token}` };
      await check(tally, 'pull', await fetch(url, { headers }));
    }
    await sleep(20);
  }
}

/** Uploads a layer in three requests under one token, as clients do. */
async function rawPushes(place: Workplace): Promise<void> {
  const { world, repository, tally, running } = place;
  const start = `http://${world.registry}/v2/${repository}/blobs/uploads/`;
  while (running()) {
    const authorization = `Bearer ${await tokenFor(place, 'pull,push')}`;
    const body = randomBytes(64);
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    const begun = await fetch(start, { method: 'POST', headers: { authorization } });
    await check(tally, 'upload', begun);
    const location = new URL(begun.headers.get('location') ?? '', start);
    location.searchParams.set('digest', digest);
    const headers = { authorization, 'content-type': 'application/octet-stream' };
    await check(tally, 'layer', await fetch(location, { method: 'PUT', headers, body }));
    // Each layer leaves a handful of folders for the end.
    await sleep(100);
  }
}

async function skopeoRounds({ world, repository, login, tally, running }: Workplace) {
  while (running()) {
    const pushed = `${repository}/${unique()}`;
    const runs = [() => push(world, pushed, login), () => pull(world, pushed, login)];
    for (const run of runs) {
      const { code, stderr } = await run();
      tally.requests += 1;
      if (code !== 0) tally.rejected.push(`skopeo: ${stderr}`);
    }
  }
}

/** A new process for each rotation takes longer than all the rest; one in so many is enough to show that it works. */
const BY_COMMAND = 10;

/** As another process that shares the folder, or by the command. */
async function createRotate({ environment, wharfpass }: World) {
  const settings = loadSettings({ env: environment, cwd: tmpdir() });
  const folder = await openKeyFolder(settings.keys_dir, false);
  const schedule = scheduleOf(settings, longestLife(settings.token.ttl));
  const leaves = await openLeafSet(folder, schedule, false, systemClock);
  return async (number: number): Promise<void> => {
    if (number % BY_COMMAND === 0) {
      const { code, stderr } = await wharfpass('keys', 'rotate');
      return expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
    await leaves.read();
    await leaves.rotate(systemClock.now());
  };
}

/** Rotates the key `count` times, one every `interval` milliseconds or as the machine can, beside clients that never stop. */
export async function rotateUnderLoad(
  world: World,
  count: number,
  interval: number,
): Promise<{ readonly requests: number; readonly kids: number }> {
  const { project, developer } = await makeWorkplace(world);
  const login = await makeAccessToken(world, developer, ['read_registry', 'write_registry']);
  expect((await push(world, project.path, login)).stderr).toBe('');
  const tally: Tally = { requests: 0, rejected: [], kids: new Set() };
  const rotate = await createRotate(world);
  let running = true;
  const place = {
    world,
    repository: project.path,
    login,
    tally,
    running: () => running,
  };
  const clients = Promise.all([
    rawPulls(place),
    rawPulls(place),
    rawPushes(place),
    skopeoRounds(place),
  ]);
  for (let done = 0; done < count; done += 1) {
    const next = sleep(interval);
    await rotate(done);
    await next;
  }
  running = false;
  await clients;
  expect(tally.rejected).toEqual([]);
  return { requests: tally.requests, kids: tally.kids.size };
}
