/**
 * `npm test`: installs and builds what is not current, brings up the real programs that the suites use, and runs Jest.
 * Arguments go to Jest: `npm test -- test/policy`. jest.config.mjs says which suites are chosen.
 */
import { accessSync, constants, existsSync, readFileSync, readdirSync, writeSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ensureBuilt, ensureInstalled, requireNode, root, run, say } from './ensure.mjs';
import { bringTools } from './tools.mjs';
import { missingTools, pinned, toolsFolder } from './tools/folder.mjs';

/** Program → the Debian packages that bring it. The registry and skopeo are what this server is for. */
const PROGRAMS = {
  'docker-registry': 'docker-registry',
  skopeo: 'skopeo',
  curl: 'curl',
  openssl: 'openssl',
  'redis-server': 'redis-server',
  ip: 'iproute2',
  setpriv: 'util-linux',
  spin: 'spin',
  gcc: 'gcc libc6-dev',
  haproxy: 'haproxy',
  script: 'bsdutils',
  zsh: 'zsh',
  fish: 'fish',
};

const QUIET = ['-qq', '-o=Dpkg::Use-Pty=0'];

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const missingPrograms = () => Object.keys(PROGRAMS).filter((program) => !onPath(program));

async function bringPrograms() {
  const missing = missingPrograms();
  if (missing.length === 0) return [];
  const isRoot = process.getuid?.() === 0;
  if (isRoot && existsSync('/etc/debian_version') && onPath('apt-get')) {
    const packages = [...new Set(missing.flatMap((program) => PROGRAMS[program].split(' ')))];
    say(`installing ${packages.join(', ')} for the tests (apt-get)`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = { env, stdio: ['ignore', 2, 2] };
    await run('apt-get', ['update', ...QUIET], options);
    await run(
      'apt-get',
      ['install', '-y', '--no-install-recommends', ...QUIET, ...packages],
      options,
    );
  }
  return missingPrograms();
}

/** The test files that name a program that is not here. */
function suitesThatNeed(programs) {
  const folder = join(root, 'test');
  const files = readdirSync(folder, { recursive: true }).filter((file) =>
    file.endsWith('.test.ts'),
  );
  return files.filter((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    return programs.some((program) => text.includes(`'${program}'`));
  });
}

function sayWhatIsSkipped(missing) {
  if (missing.length === 0) return;
  say(`NOT FOUND: ${missing.join(', ')}. These suites skip what needs them:`);
  for (const file of suitesThatNeed(missing)) say(`  SKIPPED, in part or whole: test/${file}`);
  say(`On Debian: apt-get install ${missing.map((program) => PROGRAMS[program]).join(' ')}`);
}

/** Clients and registries of the matrix. @returns those that are not there, though they can be had */
function bringMatrix() {
  bringTools();
  const { missing: absent, byHand } = missingTools();
  for (const name of absent) say(`NOT FOUND: ${name}. SKIPPED: its part of the matrix.`);
  for (const name of byHand) {
    const { program, why } = pinned.byHand[name];
    say(`NOT FOUND: ${join(toolsFolder, name, program)}: ${why}. SKIPPED: its part of the matrix.`);
  }
  if (process.getuid?.() !== 0) say('SKIPPED: what needs root (engines, podman, buildah).');
  return absent;
}

requireNode();
await ensureInstalled();
await ensureBuilt();
const missing = await bringPrograms();
sayWhatIsSkipped(missing);
if (process.env.WHARFPASS_TESTS === 'compat') missing.push(...bringMatrix());
if (missing.length > 0 && process.env.CI === 'true') {
  say('CI=true: a missing program is a failure.');
  process.exit(1);
}

const options = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const nodeOptions = [process.env.NODE_OPTIONS, ...options].filter(Boolean).join(' ');
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
let counts = { passed: 0, failed: 0, skipped: 0 };
const code = await run(process.execPath, [jest, ...process.argv.slice(2)], {
  env: { ...process.env, NODE_OPTIONS: nodeOptions },
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  onMessage: (told) => (counts = told),
});
const { passed, failed, skipped } = counts;
writeSync(1, `Tests: ${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exit(code);
