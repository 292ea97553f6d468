/** The scripts as the server gets them. They lie beside the code, in src as in dist. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * A script with a `#!lua` line and without `no-writes` counts as a write however little it does, so a primary that lost
 * its replicas refuses it (`min-replicas-to-write`) instead of telling what was true once. `allow-oom`: a server at its
 * memory limit must still let jobs end. See https://redis.io/docs/latest/develop/programmability/lua-api/#script_flags
 */
const HEADER = '#!lua flags=allow-oom\n';
const PRELUDE = 'prelude.lua';

export interface Script {
  readonly name: string;
  readonly source: string;
  /** SHA-1 of the source in hexadecimal: the server's name for it, no matter of security. */
  readonly sha: string;
}

/** @throws Error where the folder cannot be read */
export function loadScripts(
  folder: URL = new URL('../scripts/', import.meta.url),
): ReadonlyMap<string, Script> {
  const head = HEADER + readFileSync(new URL(PRELUDE, folder), 'utf8');
  const files = readdirSync(folder).filter((file) => file.endsWith('.lua') && file !== PRELUDE);
  return new Map(
    files.map((file) => {
      const name = file.slice(0, -'.lua'.length);
      const source = head + readFileSync(new URL(file, folder), 'utf8');
      return [name, { name, source, sha: createHash('sha1').update(source).digest('hex') }];
    }),
  );
}
