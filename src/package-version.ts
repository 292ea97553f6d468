import { readFileSync } from 'node:fs';

/** Of the package that this file is part of: one folder above it, built or not. */
export function packageVersion(): string {
  const file = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
