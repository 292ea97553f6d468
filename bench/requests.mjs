/** Files of requests as requests.lua reads them. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Writes pairs of path and Authorization header; resolves to the file and its first pair. */
export function toRequests(file, pairs) {
  writeFileSync(file, pairs.map((pair) => `${pair.join('\t')}\n`).join(''));
  return { file, first: pairs[0] };
}

/** What `other` asks for, at another path and with one Authorization header for all. */
export function askElsewhere(file, other, path, authorization) {
  const lines = readFileSync(other.file, 'utf8').trimEnd().split('\n');
  const query = (line) => line.slice(line.indexOf('?'), line.indexOf('\t'));
  return toRequests(
    file,
    lines.map((line) => [path + query(line), authorization]),
  );
}
