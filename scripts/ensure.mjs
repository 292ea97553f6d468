/**
 * What `npm start`, `npm test` and `npm run build` share: is the installation what the lock file says, is dist what
 * the sources say, and if not, mend it. Both questions are answered by content, never by file times, so a checkout, a
 * copy or a restored cache gives the same answer.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { copyFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(root, 'package-lock.json');
const installStamp = join(root, 'node_modules', '.wharfpass-lock');
const dist = join(root, 'dist');

export const say = (line) => process.stderr.write(`wharfpass: ${line}\n`);

/** Ends the process with one sentence if this Node.js is older than package.json allows. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(
    `needs Node.js 20.19 or newer, and this is ${process.version}. Install a newer one from nodejs.org.`,
  );
  process.exit(1);
}

/**
 * Runs a program, hands it our signals, and resolves to its exit code (128 + n for a signal). `onMessage` takes what it
 * sends where `stdio` opens an 'ipc' channel.
 */
export function run(command, args, { onMessage, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    if (onMessage !== undefined) child.on('message', onMessage);
    const forward = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    const settle = () => {
      for (const signal of signals) process.off(signal, forward);
    };
    child.once('error', (error) => (settle(), reject(error)));
    child.once('exit', (code, signal) => {
      settle();
      if (signal === null) return resolve(code);
      const number = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 1;
      resolve(128 + number);
    });
  });
}

const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

const readOrNull = (file) => (existsSync(file) ? readFileSync(file) : null);
const isCurrent = (stamp, wanted) => readOrNull(stamp)?.toString().trim() === wanted;

/** Packages carry machine code, so another platform's node_modules is as good as none. */
const wantedInstall = () => sha256(readFileSync(lockFile), process.platform, process.arch);

/** True where npm's own record of what it installed names every package of the lock file, at its version. */
function installedByHand() {
  const record = readOrNull(join(root, 'node_modules', '.package-lock.json'));
  if (record === null) return false;
  const installed = JSON.parse(record).packages;
  const locked = Object.entries(JSON.parse(readFileSync(lockFile)).packages);
  return locked.every(([path, entry]) => {
    if (path === '') return true;
    if (installed[path] === undefined) return entry.optional === true;
    return installed[path].version === entry.version && existsSync(join(root, path));
  });
}

/** Resolves once node_modules is what package-lock.json says; runs `npm ci` only if it is not. */
export async function ensureInstalled() {
  const wanted = wantedInstall();
  if (isCurrent(installStamp, wanted)) return;
  if (!installedByHand()) {
    say('installing packages (npm ci)');
    const npm = process.env.npm_execpath;
    // NODE_ENV=production in the environment would leave the compiler out. No package needs its install script: machine
    // code comes inside the packages.
    const args = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
    const code = npm?.endsWith('.js')
      ? await run(process.execPath, [npm, ...args, '--loglevel=error'], { stdio: ['ignore', 2, 2] })
      : await run('npm', [...args, '--loglevel=error'], { stdio: ['ignore', 2, 2] });
    if (code !== 0) {
      say('npm ci failed; its message is above. Mend that and run the command again.');
      process.exit(code);
    }
  }
  writeFileSync(installStamp, `${wanted}\n`);
}

function filesUnder(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort();
}

function wantedBuild() {
  const configs = readdirSync(root).filter((name) => /^tsconfig.*\.json$/.test(name));
  const files = [
    ...filesUnder(join(root, 'src')),
    ...configs.sort().map((name) => join(root, name)),
  ];
  const parts = [...files, lockFile].flatMap((file) => [relative(root, file), readFileSync(file)]);
  return sha256(...parts);
}

/** What is not TypeScript goes along as it is. */
function copyAssets(target) {
  const source = join(root, 'src');
  for (const file of filesUnder(source)) {
    if (file.endsWith('.ts')) continue;
    const copy = join(target, relative(source, file));
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
  }
}

/** A second build may swap at the same moment; whoever is last wins, and dist is whole either way. */
function swapIn(fresh) {
  const old = `${fresh}.old`;
  for (let attempt = 0; ; attempt += 1) {
    try {
      if (existsSync(dist)) renameSync(dist, old);
      renameSync(fresh, dist);
      break;
    } catch (error) {
      if (attempt === 20) throw error;
    }
    rmSync(old, { recursive: true, force: true });
  }
  rmSync(old, { recursive: true, force: true });
}

/** Compiles into a fresh folder and swaps it in, so that dist is never half old and half new. */
export async function build() {
  const wanted = wantedBuild();
  const fresh = join(root, '.cache', `build-${process.pid}`);
  rmSync(fresh, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh, '--noEmitOnError'];
  const code = await run(process.execPath, args, { stdio: ['ignore', 2, 2] });
  if (code !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    say('the build failed; dist is as it was.');
    process.exit(code);
  }
  copyAssets(fresh);
  writeFileSync(join(fresh, '.stamp'), `${wanted}\n`);
  swapIn(fresh);
}

/** Resolves once dist is what the sources say; compiles only if it is not. */
export async function ensureBuilt() {
  if (isCurrent(join(dist, '.stamp'), wantedBuild())) return;
  say('building dist from src');
  await build();
}
