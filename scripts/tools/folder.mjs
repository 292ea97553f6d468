/** Where the programs of `npm run test:compat` are, and which of them are there. Pinned in pinned.json. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const pinned = JSON.parse(readFileSync(new URL('pinned.json', import.meta.url), 'utf8'));

/** Outside the repository, so that a fresh clone finds them, too. */
export const toolsFolder = process.env.COMPAT_TOOLS ?? join(homedir(), '.cache', 'wharfpass-tools');

export const goFolder = ({ program, version }) => join(toolsFolder, `${program}-${version}`);

export const suiteFolder = (suite) => join(toolsFolder, suite);

/** The packages of PyPI and all that they need, by version and hash. */
export const requirementsFile = fileURLToPath(
  new URL('../../test/compat/requirements.txt', import.meta.url),
);

const requirements = readFileSync(requirementsFile, 'utf8');
const digest = createHash('sha256').update(requirements).digest('hex').slice(0, 12);

export const pythonFolder = join(toolsFolder, `python-${digest}`);

/** It is there once all of the requirements are. */
export const pythonMarker = join(pythonFolder, 'installed');

const pythonVersion = (name) => requirements.match(new RegExp(`^${name}==(\\S+)`, 'm'))?.[1];

/** Packages of a suite and the versions that were unpacked; null before. */
export function unpacked(suite) {
  const file = join(suiteFolder(suite), 'packages.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
}

function* all() {
  for (const [name, tool] of Object.entries(pinned.go)) {
    yield [name, join(goFolder(tool), tool.program), tool.version];
  }
  for (const [suite, packages] of Object.entries(pinned.debian)) {
    const versions = unpacked(suite) ?? {};
    for (const [name, programs] of Object.entries(packages)) {
      for (const program of programs) {
        yield [`${suite}/${program}`, join(suiteFolder(suite), 'bin', program), versions[name]];
      }
    }
  }
  for (const [name, { program }] of Object.entries(pinned.python)) {
    const path = existsSync(pythonMarker) ? join(pythonFolder, 'bin', program) : pythonMarker;
    yield [name, path, pythonVersion(name)];
  }
  for (const [name, { program }] of Object.entries(pinned.byHand)) {
    const version = join(toolsFolder, name, 'version');
    const said = existsSync(version) ? readFileSync(version, 'utf8').trim() : undefined;
    yield [name, join(toolsFolder, name, program), said];
  }
}

/**
 * Every tool that is there, by its name: `crane`, `sid/podman`. The version is that of the pin or of the package; for
 * what was put there by hand it is in a file `version` beside it.
 */
export function locateTools() {
  const here = {};
  for (const [name, path, version] of all()) if (existsSync(path)) here[name] = { path, version };
  return here;
}

/** The names of the tools that are not there; those that only hands can bring are told apart. */
export function missingTools() {
  const here = locateTools();
  const names = [...all()].map(([name]) => name).filter((name) => here[name] === undefined);
  const isByHand = (name) => pinned.byHand[name] !== undefined;
  return {
    missing: names.filter((name) => !isByHand(name)),
    byHand: names.filter(isByHand),
  };
}
