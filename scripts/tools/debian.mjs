/**
 * Unpacks programs of a Debian suite beside the system, which is not changed: packages come from the mirror that apt is
 * configured with, and each program is told to load the C library and the libraries that were unpacked with it, so that
 * those of a newer suite run, too.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinned, suiteFolder, toolsFolder, unpacked } from './folder.mjs';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const LIBRARIES = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'];
const PROGRAMS = ['usr/bin', 'usr/sbin', 'usr/lib/podman'];
const LOADER = 'ld-linux-x86-64.so.2';

/** The suite whose patchelf is used for all: Go programs changed by patchelf 0.18 end in a segmentation fault. */
const PATCHELF = 'bookworm';

/** Milliseconds for one command: a download, mostly. */
const PATIENCE = 5 * 60_000;

const run = (command, args, cwd = toolsFolder) =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: PATIENCE,
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  });

function mirror() {
  const format = '$(ORIGIN) $(CODENAME) $(REPO_URI)';
  const lines = run('apt-get', ['indextargets', '--format', format]).split('\n');
  const found = lines.map((line) => /^Debian [a-z]+ (\S+)$/.exec(line)?.[1]).find(Boolean);
  if (found === undefined) throw new Error('apt is configured with no Debian mirror');
  return found;
}

/** apt over lists and an (empty) record of installed packages of its own. */
function aptOf(folder, suite) {
  for (const name of ['lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  const sources = join(folder, 'sources.list');
  writeFileSync(sources, `deb [signed-by=${KEYRING}] ${mirror()} ${suite} main\n`);
  const options = [
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::Lists=${join(folder, 'lists')}`,
    `Dir::Cache=${join(folder, 'cache')}`,
    'Dir::State::status=/dev/null',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  return (...args) => run('apt-get', [...options, ...args], folder);
}

/** The packages, and those libraries of all that they depend on which a program may load. */
function closure(apt, packages) {
  const plan = apt('-s', '-y', 'install', '--no-install-recommends', ...packages);
  const names = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name);
  const libraries = names.filter(
    (name) => name.startsWith('lib') && !/perl|python|-common$/.test(name),
  );
  return [...new Set([...packages, ...libraries])];
}

/** Where the libraries of an unpacked suite are, and the loader among them. */
function librariesOf(folder) {
  const folders = LIBRARIES.map((name) => join(folder, name)).filter((name) => existsSync(name));
  const loader = folders.map((name) => join(name, LOADER)).find((file) => existsSync(file));
  if (loader === undefined) throw new Error(`no package brought ${LOADER}`);
  return { loader, path: folders.join(':') };
}

/** @param folder of the suite whose patchelf it is, which runs over that suite's own libraries */
function patchelf(folder, ...args) {
  const { loader, path } = librariesOf(folder);
  return run(loader, ['--library-path', path, join(folder, 'usr/bin/patchelf'), ...args]);
}

/** A program without an interpreter is static, and stays as it is. */
function adoptLibraries(tools, program, { loader, path }) {
  try {
    patchelf(tools, '--print-interpreter', program);
  } catch (error) {
    if (/\.interp/.test(error.stderr)) return;
    throw error;
  }
  // The older tag of the two: it also counts for what the libraries load themselves.
  const rpath = ['--force-rpath', '--set-rpath', path];
  patchelf(tools, '--set-interpreter', loader, ...rpath, program);
}

function linkPrograms(fresh, home, suite) {
  const tools = suite === PATCHELF ? fresh : suiteFolder(PATCHELF);
  const { loader, path } = librariesOf(fresh);
  const libraries = {
    loader: loader.replace(fresh, home),
    path: path.replaceAll(fresh, home),
  };
  mkdirSync(join(fresh, 'bin'));
  for (const program of Object.values(pinned.debian[suite]).flat()) {
    const found = PROGRAMS.find((name) => existsSync(join(fresh, name, program)));
    if (found === undefined) throw new Error(`no package brought ${program}`);
    adoptLibraries(tools, join(fresh, found, program), libraries);
    symlinkSync(join(home, found, program), join(fresh, 'bin', program));
  }
}

const wantedOf = (suite) => [
  ...Object.keys(pinned.debian[suite]),
  ...(suite === PATCHELF ? ['patchelf'] : []),
];

function unpack(fresh, suite) {
  const home = suiteFolder(suite);
  const downloads = join(fresh, 'downloads');
  mkdirSync(downloads);
  const apt = aptOf(downloads, suite);
  apt('update', '-qq');
  apt('download', '-qq', ...closure(apt, wantedOf(suite)));
  const versions = {};
  for (const file of readdirSync(downloads).filter((name) => name.endsWith('.deb'))) {
    run('dpkg', ['-x', file, fresh], downloads);
    const [name, version] = file.split('_');
    versions[name] = decodeURIComponent(version);
  }
  rmSync(downloads, { recursive: true });
  linkPrograms(fresh, home, suite);
  writeFileSync(join(fresh, 'packages.json'), `${JSON.stringify(versions, null, 2)}\n`);
  rmSync(home, { recursive: true, force: true });
  renameSync(fresh, home);
}

/** @returns null, or why it could not be had */
export function unpackSuite(suite) {
  const wanted = wantedOf(suite);
  const there = unpacked(suite);
  if (there !== null && wanted.every((name) => there[name] !== undefined)) return null;
  const fresh = mkdtempSync(join(toolsFolder, `${suite}-`));
  try {
    unpack(fresh, suite);
    return null;
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    return String(error.stderr ?? '').trim() || error.message;
  }
}
