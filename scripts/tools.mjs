/**
 * Brings the programs of `npm run test:compat`: `node scripts/tools.mjs`. What is there already is left alone; to have a
 * moving suite of Debian anew, remove its folder.
 */
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { say } from './ensure.mjs';
import { unpackSuite } from './tools/debian.mjs';
import { goFolder, pinned, pythonMarker, suiteFolder, toolsFolder } from './tools/folder.mjs';
import { installGoTool } from './tools/go.mjs';
import { installPythonTools } from './tools/python.mjs';

function bring(what, folder, install) {
  if (!existsSync(folder)) say(`tools: ${what} …`);
  const begun = Date.now();
  // A mirror that stumbles once is no reason to go without.
  const problem = install() && install();
  const seconds = Math.round((Date.now() - begun) / 1000);
  if (problem !== null) say(`tools: ${what} FAILED after ${seconds} s: ${problem}`);
  else if (seconds > 0) say(`tools: ${what} is there (${seconds} s)`);
}

/** Fills the folder, one tool after the other: builds take every core they get. */
export function bringTools() {
  mkdirSync(toolsFolder, { recursive: true });
  for (const suite of Object.keys(pinned.debian)) {
    bring(`Debian ${suite}`, suiteFolder(suite), () => unpackSuite(suite));
  }
  for (const tool of Object.values(pinned.go)) {
    bring(`${tool.program} ${tool.version}`, goFolder(tool), () => installGoTool(tool));
  }
  bring(Object.keys(pinned.python).join(', '), pythonMarker, installPythonTools);
}

const [, script] = process.argv;
if (script !== undefined && realpathSync(script) === fileURLToPath(import.meta.url)) bringTools();
