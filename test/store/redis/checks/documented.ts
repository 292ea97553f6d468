/** The configuration that docs/redis.md tells people to write. */
import { readFileSync, writeFileSync } from 'node:fs';

const PAGE = 'docs/redis.md';
let page = readFileSync(PAGE, 'utf8');

/** The lines of each block marked `conf`, in order. */
export const confBlocks: readonly (readonly string[])[] = [
  ...page.matchAll(/^```conf\n(.*?)^```$/gms),
].map(([, text = '']) => text.trim().split('\n'));

/** The ACL line of a user, as it stands there but for its password. */
export function userLine(name: string, password: string): string {
  const line = page.split('\n').find((each) => each.startsWith(`user ${name} `));
  if (line === undefined) throw new Error(`${PAGE} has no line for the user ${name}`);
  return line.replace(/ >\S+/, ` >${password}`);
}

/** The commands that a line allows, in lower case. */
export const allowedBy = (line: string): string[] =>
  [...line.matchAll(/ \+(\S+)/g)].map(([, command = '']) => command);

/** Writes the commands of a user's line anew. */
export function allowInPage(name: string, commands: readonly string[]): void {
  const rights = commands.map((command) => `+${command}`).join(' ');
  const line = new RegExp(`^(user ${name} .* -@all) .*$`, 'm');
  page = page.replace(line, `$1 ${rights}`);
  writeFileSync(PAGE, page);
}

/** The rights in the first `code` behind these words. */
export function rightsIn(words: string): string[] {
  const flat = page.replaceAll(/\s+/g, ' ');
  const at = flat.indexOf(words);
  const [, code = ''] = /`(\+[^`]*)`/.exec(at === -1 ? '' : flat.slice(at + words.length)) ?? [];
  if (code === '') throw new Error(`${PAGE} does not say: ${words} …`);
  return code.split(' ');
}
