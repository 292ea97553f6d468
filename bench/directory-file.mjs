/**
 * A directory of any size as an import file, written as a stream: at size 1.0 a million projects in groups of a hundred,
 * 100,000 users, five members for each project, and a deploy token for each. The same size and seed give the same file.
 */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { crc32 } from 'node:zlib';

const PROJECTS = 1_000_000;
const USERS = 100_000;
const MEMBERS = 5;
/** Projects in a group, and groups in the group above. */
const FANOUT = 100;

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ROLES = ['guest', 'reporter', 'developer', 'developer', 'maintainer'];
const VISIBILITIES = ['private', 'private', 'internal', 'public'];

/** mulberry32: small, seeded, and good enough for names. */
function randomFrom(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) % below) >>> 0;
  };
}

/** As credential/token-format.ts makes them: 27 digits and 6 of a checksum. */
function secretFrom(random) {
  let text = 'gldt-';
  for (let digit = 0; digit < 27; digit += 1) text += DIGITS[random(62)];
  let rest = crc32(text);
  let sum = '';
  for (let digit = 0; digit < 6; digit += 1) {
    sum = DIGITS[rest % 62] + sum;
    rest = Math.floor(rest / 62);
  }
  return text + sum;
}

const pad = (number, digits) => String(number).padStart(digits, '0');

export function countsOf(size) {
  const count = Math.round(PROJECTS * size);
  const above = Math.ceil(count / FANOUT);
  return {
    users: Math.max(MEMBERS, Math.round(USERS * size)),
    groups: above + Math.ceil(above / FANOUT),
    projects: count,
    members: count * MEMBERS,
    deploy_tokens: count,
  };
}

const userName = (index) => `user-${pad(index, 6)}`;
const topPath = (index) => `g${pad(index, 4)}`;
const groupPath = (index) => `${topPath(Math.floor(index / FANOUT))}/s${pad(index % FANOUT, 2)}`;
export const projectPath = (index) =>
  `${groupPath(Math.floor(index / FANOUT))}/p${pad(index % FANOUT, 2)}`;
export const tokenUsername = (index) => `puller-${index}`;

function* users({ users: count }) {
  for (let index = 0; index < count; index += 1) {
    yield { username: userName(index), name: `User ${index}`, email: `${index}@example.com` };
  }
}

function* groups(counts) {
  const count = Math.ceil(counts.projects / FANOUT);
  for (let index = 0; index < count; index += 1) {
    if (index % FANOUT === 0) yield { path: topPath(index / FANOUT) };
    yield { path: groupPath(index) };
  }
}

function* projects({ projects: count }, random) {
  for (let index = 0; index < count; index += 1) {
    yield { path: projectPath(index), visibility: VISIBILITIES[random(VISIBILITIES.length)] };
  }
}

function* members({ projects: count, users: people }, random) {
  for (let index = 0; index < count; index += 1) {
    const project = projectPath(index);
    const chosen = new Set();
    while (chosen.size < MEMBERS) chosen.add(random(people));
    for (const user of [...chosen].toSorted((a, b) => a - b)) {
      yield { project, user: userName(user), access: ROLES[random(ROLES.length)] };
    }
  }
}

function* deployTokens({ projects: count }, random, onSecret) {
  for (let index = 0; index < count; index += 1) {
    const secret = secretFrom(random);
    onSecret(index, secret);
    yield {
      project: projectPath(index),
      name: 'pull',
      username: tokenUsername(index),
      scopes: ['read_registry'],
      ...(index % 10 === 0 && { expires_at: `20${50 + random(40)}-01-01T00:00:00.000Z` }),
      secret,
    };
  }
}

/**
 * @param onSecret told of each deploy token's project (by number) and secret
 * @returns records by kind
 */
export async function writeDirectoryFile(path, { size, seed = 1, onSecret = () => undefined }) {
  const counts = countsOf(size);
  const random = randomFrom(seed);
  const out = createWriteStream(path, { highWaterMark: 1_048_576 });
  const sections = { users, groups, projects, members, deploy_tokens: deployTokens };
  out.write('wharfpass_export: 1\n');
  for (const [kind, make] of Object.entries(sections)) {
    let text = `${kind}:\n`;
    for (const record of make(counts, random, onSecret)) {
      text += `- ${JSON.stringify(record)}\n`;
      if (text.length < 262_144) continue;
      if (!out.write(text)) await once(out, 'drain');
      text = '';
    }
    out.write(text);
  }
  out.end();
  await finished(out);
  return counts;
}
