/**
 * `npm start`: installs and builds what is not current, then becomes the server. The server runs in this very process,
 * so that a signal meant for it reaches it.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensureInstalled, requireNode, root } from './ensure.mjs';

/** How often we look whether npm is still there, and how long its echo of a signal may take, in milliseconds. */
const PARENT_CHECK = 500;
const ECHO = 500;

/**
 * `exec` in package.json makes us npm's own child, which npm hands its signals to and waits for. An npm that is killed
 * outright says nothing, and a server that outlives its `npm start` holds the port against the next one.
 */
function endWithNpm() {
  const npm = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK);
  timer.unref();
}

/**
 * Ctrl-C reaches npm and us, and npm hands it on: one key press, two signals, of which the second would be taken for an
 * impatient one that ends the server at once. The same goes for a service manager that signals a whole group.
 */
function passOverEcho(signal) {
  const ignore = () => undefined;
  process.once(signal, () => {
    process.on(signal, ignore);
    setTimeout(() => process.off(signal, ignore), ECHO).unref();
  });
}

requireNode();
await ensureInstalled();
await ensureBuilt();
if (process.env.npm_lifecycle_event === 'start') {
  endWithNpm();
  passOverEcho('SIGINT');
  passOverEcho('SIGTERM');
}

const main = join(root, 'dist', 'main.js');
process.argv = [process.execPath, main, 'serve', ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
