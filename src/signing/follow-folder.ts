import { watch } from 'node:fs';

const EVERY = 30_000;

/**
 * Calls `refresh` every half minute and when one of the `wanted` files comes, goes or changes, until the function
 * that it returns is called. Keeps no process alive.
 */
export function followFolder(
  path: string,
  wanted: (name: string) => boolean,
  refresh: () => Promise<void>,
): () => void {
  const timer = setInterval(() => void refresh(), EVERY).unref();
  const unwatch = tryToWatch(path, (name) => {
    if (name === null || wanted(name)) void refresh();
  });
  return () => {
    clearInterval(timer);
    unwatch();
  };
}

/** Some file systems and crowded hosts cannot watch; the timer then does alone. */
function tryToWatch(path: string, onChange: (name: string | null) => void): () => void {
  try {
    const watcher = watch(path, { persistent: false }, (_, name) => onChange(name));
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
