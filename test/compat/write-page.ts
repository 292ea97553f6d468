/** Writes what was found into docs/compatibility.md. */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { EVERY, FILE, readPage, record, splitPage, under, type Page } from './page.ts';

/** Puts what was found in the place of what was found before, and leaves what was not run. */
function overlay(page: Page, found: Page): void {
  for (const [name, run] of found.registries) page.registries.set(name, run);
  for (const [client, version] of found.versions) page.versions.set(client, version);
  for (const [client, results] of found.passed) {
    for (const [registry, passed] of results) {
      under(page.passed, client).set(registry, passed);
      for (const texts of page.denied.get(client)?.values() ?? []) texts.delete(registry);
    }
  }
  for (const [client, tries] of found.denied) {
    for (const [tried, texts] of tries) {
      for (const [registry, text] of texts) record(page, { client, registry, tried, text });
    }
  }
}

const table = (rows: readonly (readonly string[])[]): string => {
  const [head = [], ...rest] = rows;
  const lines = [head, head.map(() => '---'), ...rest];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};

/** Registries that gave the same words share a row. */
function deniedRows(page: Page, clients: readonly string[]): string[][] {
  return clients.flatMap((client) =>
    [...(page.denied.get(client) ?? [])].flatMap(([tried, texts]) =>
      [...new Set(texts.values())].map((text) => {
        const names = [...page.registries.keys()].filter((name) => texts.get(name) === text);
        const whole = names.length === page.registries.size;
        return [client, tried, whole ? EVERY : names.join(', '), `\`${text}\``];
      }),
    ),
  );
}

const LOCK = `${FILE}.lock`;

/** Registries are run side by side, and each writes its part. */
async function oneAtATime(): Promise<void> {
  for (let left = 300; ; left -= 1) {
    try {
      return mkdirSync(LOCK);
    } catch (error) {
      if (left === 0) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** @param registries and clients in the order of the page */
export async function writePage(
  found: Page,
  registries: readonly string[],
  clients: readonly string[],
): Promise<void> {
  await oneAtATime();
  try {
    await write(found, registries, clients);
  } finally {
    rmdirSync(LOCK);
  }
}

async function write(
  found: Page,
  registries: readonly string[],
  clients: readonly string[],
): Promise<void> {
  const page = readPage();
  overlay(page, found);
  const [before, , after] = splitPage(readFileSync(FILE, 'utf8'));
  const names = registries.filter((name) => page.registries.has(name));
  const run = names.map((name) => {
    const { version = '', date = '' } = page.registries.get(name) ?? {};
    return [name, version, date];
  });
  const passed = clients
    .filter((client) => page.versions.has(client))
    .map((client) => [
      client,
      page.versions.get(client) ?? '',
      ...names.map((name) => page.passed.get(client)?.get(name) ?? 'not run'),
    ]);
  const text = [
    before,
    table([['Registry', 'Version', 'Last run'], ...run]),
    table([['Client', 'Version', ...names], ...passed]),
    '### What the person sees',
    table([
      ['Denied to', 'What was tried', 'Registry', 'What it says'],
      ...deniedRows(page, clients),
    ]),
    after,
  ].join('\n\n');
  const options = { parser: 'markdown', printWidth: 120, proseWrap: 'preserve' } as const;
  writeFileSync(FILE, await format(text, options));
}
