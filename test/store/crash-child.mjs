/**
 * The process that test/store/crash.test.ts kills. It runs the built store:
 *
 *   node crash-child.mjs write <dist> <data dir> <name>   works until it dies; one line for each verb that was acknowledged
 *   node crash-child.mjs report <dist> <data dir>         prints what the store holds, as JSON
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [mode, dist, dataDir, name] = process.argv.slice(2);
const { openEmbeddedStore } = await import(
  pathToFileURL(join(dist, 'store/embedded/open.js')).href
);
const WORKERS = 12;
const LOGINS = 3;
const ALL = { offset: 0, limit: 1_000_000 };
const say = (...words) => writeSync(1, `${words.join(' ')}\n`);
const log = {
  debug() {},
  warn() {},
  error: (fields, text) => say('error', text, fields.err?.detail),
};
const store = await openEmbeddedStore({ dataDir, clock: { now: Date.now }, log });

const [OWNER] = mode === 'report' ? [0] : await store.directory.apply(somebody(), Date.now());

if (mode === 'report') await report();
else await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));

async function work(worker) {
  const project = await ownProject(worker);
  const holder = { kind: 'project', id: project };
  const secret = { hash: `auto-${project}`, sealed: null };
  const automatic = await store.deployTokens.ensureAutomatic(project, secret, Date.now());
  say('create', automatic.token.id);
  for (let round = 0; ; round += 1) {
    const id = await store.jobs.reserveId();
    await store.jobs.start(job(id, project));
    say('start', id);
    const token = await store.deployTokens.create(deployToken(holder, `${id}`), Date.now());
    say('create', token.id);
    await store.deployTokens.rotate(holder, token.id, rotation(`${id} second`), Date.now());
    say('rotate', token.id);
    await store.jobs.setStatus(project, id, 'success', Date.now());
    say('finish', id);
    const converted = await store.convertedTokens.record(convertedToken(id, project), Date.now());
    say('convert', converted.id);
    await store.convertedTokens.revoke(project, converted.id, Date.now());
    say('kill', converted.id);
    await store.deployTokens.revoke(holder, token.id, Date.now());
    say('revoke', token.id);
    await login(project, round);
    const pair = [user(`u${project}-${round}a`), user(`u${project}-${round}b`)];
    await store.directory.apply(pair, Date.now());
    say('pair', `u${project}-${round}`);
  }
}

/** Each project is a service of its own, so that few enough end to be kept. Of three at once the oldest ends. */
async function login(project, round) {
  const hash = `refresh-${project}-${round}`;
  const backing = { kind: 'password', mark: 'mark' };
  const fields = { userId: OWNER, service: `s${project}`, hash, backing };
  const token = { ...fields, expiresAt: Date.now() + 3_600_000 };
  const { id } = await store.refreshTokens.create(token, LOGINS, Date.now());
  say('login', id);
  if (round % 4 !== 3) return;
  await store.refreshTokens.revoke(hash, Date.now());
  say('logout', id);
}

async function ownProject(worker) {
  const path = `${name}-${worker}`;
  const fields = { name: path, visibility: 'private' };
  const project = {
    ...fields,
    registryAccess: 'enabled',
    archived: false,
    jobsEnabled: true,
    allowlistEnabled: true,
    autoDevops: false,
    autoDeployToken: null,
    jobTokenAfterJob: 'read',
  };
  const [, id] = await store.directory.apply(
    [
      { kind: 'group.create', fullPath: path, fields, managedBy: 'api' },
      { kind: 'project.create', fullPath: `${path}/app`, fields: project, managedBy: 'api' },
    ],
    Date.now(),
  );
  return id;
}

/** Two, as users come in pairs here. */
function somebody() {
  return [user(`r${name}a`), user(`r${name}b`)];
}

function user(username) {
  const flags = { state: 'active', admin: false, external: false, twoFactor: false };
  return {
    kind: 'user.create',
    username,
    fields: { name: username, email: null, passwordHash: null, ...flags },
    managedBy: 'api',
  };
}

function deployToken(holder, hash) {
  return {
    holder,
    name: 'n',
    scopes: ['read_registry'],
    expiresAt: null,
    createdBy: null,
    username: null,
    hash,
  };
}

function rotation(hash) {
  return { hash, sealed: null, graceUntil: Date.now() + 3_600_000 };
}

function convertedToken(jobId, projectId) {
  const now = Date.now();
  return {
    projectId,
    jobId,
    userId: OWNER,
    pipelineId: null,
    tokenHash: `job-${jobId}`,
    endedAt: now,
    expiresAt: now + 3_600_000,
  };
}

function job(id, projectId) {
  const now = Date.now();
  return {
    id,
    projectId,
    userId: null,
    status: 'running',
    name: 'build',
    stage: 'test',
    ref: 'main',
    refProtected: false,
    environment: null,
    pipelineId: null,
    permissions: null,
    runner: null,
    tokenFormat: 'opaque',
    extended: false,
    tokenHash: `job-${id}`,
    createdAt: now,
    startedAt: now,
    deadline: now + 3_600_000,
    leaseUntil: now + 3_600_000,
    leaseSeconds: null,
    startedBy: null,
  };
}

async function report() {
  const projects = (await store.directory.projects(ALL)).items;
  const lists = await Promise.all(
    projects.map(async ({ id }) => [
      (await store.jobs.list(id, ALL)).items,
      (await store.deployTokens.list({ kind: 'project', id }, ALL)).items,
      (await store.convertedTokens.list(id, ALL, { now: Date.now() })).items,
    ]),
  );
  const jobs = lists.flatMap(([list]) =>
    list.map(({ id, status, gen, finishedAt }) => ({ id, status, gen, finishedAt })),
  );
  const tokens = lists.flatMap(([, list]) =>
    list.map(({ id, revokedAt, origin, secrets }) => ({
      id,
      revokedAt,
      origin,
      ends: secrets.map(({ expiresAt }) => expiresAt !== null),
    })),
  );
  const converted = lists.flatMap(([, , list]) =>
    list.map(({ id, revokedAt }) => ({ id, revokedAt })),
  );
  const refresh = (await store.refreshTokens.list({ now: Date.now() }, ALL)).items.map(
    ({ id, service, revokedAt }) => ({ id, service, revokedAt }),
  );
  const users = (await store.directory.users(ALL)).items.map((found) => found.username);
  const groups = (await store.directory.groups(ALL)).total;
  const damage = await store.checkIntegrity();
  await store.close();
  const counts = { groups, projects: projects.length };
  say(JSON.stringify({ jobs, tokens, converted, refresh, users, ...counts, damage }));
}
