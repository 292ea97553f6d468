/** Brings one program by `go install`, at the pinned version, into a folder of its own. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { goFolder, toolsFolder } from './folder.mjs';

/** Milliseconds after which a build counts as hung. */
const PATIENCE = 15 * 60_000;

/** @returns null, or why it could not be had */
export function installGoTool(tool) {
  const folder = goFolder(tool);
  if (existsSync(join(folder, tool.program))) return null;
  const fresh = mkdtempSync(join(toolsFolder, `${tool.program}-`));
  const env = { ...process.env, GOBIN: fresh, CGO_ENABLED: '0' };
  const args = ['-n', '10', 'go', 'install', `${tool.module}@v${tool.version}`];
  const { status, stderr, error } = spawnSync('nice', args, {
    env,
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    return (error?.message ?? stderr ?? '').trim().split('\n').slice(-3).join('; ');
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  return null;
}
