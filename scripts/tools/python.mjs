/** Brings the programs that PyPI has, in one virtual environment, at the versions and hashes of requirements.txt. */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pythonFolder, pythonMarker, requirementsFile } from './folder.mjs';

/** Milliseconds after which a step counts as hung. */
const PATIENCE = 5 * 60_000;

function run(program, ...args) {
  const { status, stderr, stdout, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  if (status === 0) return null;
  // venv says on its standard output which package of Debian it wants.
  const said = `${stdout ?? ''}\n${stderr ?? ''}`.trim().split('\n').slice(-3).join('; ');
  return error?.message ?? said;
}

/** A virtual environment cannot be moved, so it is made where it stays, and marked once it is whole. */
export function installPythonTools() {
  if (existsSync(pythonMarker)) return null;
  rmSync(pythonFolder, { recursive: true, force: true });
  const pip = [join(pythonFolder, 'bin', 'python'), '-m', 'pip', '--disable-pip-version-check'];
  const problem =
    run('python3', '-m', 'venv', pythonFolder) ??
    run(...pip, 'install', '--quiet', '--require-hashes', '--requirement', requirementsFile);
  if (problem === null) writeFileSync(pythonMarker, '');
  return problem;
}
