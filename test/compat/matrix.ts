/**
 * Each client at one registry, as people, jobs and clusters use them. docs/compatibility.md is what came of it:
 * `UPDATE_COMPAT=1 npm run test:compat` writes it, and without that the page must say what was found. Each registry has a
 * file of tests to itself, so that two of them run at a time.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { locateTools } from '../../scripts/tools/folder.mjs';
import { push } from '../registry/clients.ts';
import { makeCast, type Cast, type Cell } from './cast.ts';
import type { Attempt, Client, Place, Shown } from './client.ts';
import { CLIENTS } from './clients.ts';
import { openHarbour, type Harbour } from './harbour.ts';
import { emptyPage, readPage, record, under, type Page } from './page.ts';
import { REGISTRIES, programOf, type Registry } from './registries.ts';
import { cellsOf, plainWords, summaryOf, triedOf } from './words.ts';
import { writePage } from './write-page.ts';

const update = process.env['UPDATE_COMPAT'] === '1';
const tools = locateTools();
const page = readPage();
const found = emptyPage();

/** Each push has a repository of its own: clients send nothing where the image is there already. */
function repositoryOf(cast: Cast, { verb, as, public: open }: Cell): string {
  if (open === true) return cast.publicRepository;
  const image = verb === 'push' ? as : 'accessToken';
  return `${cast.repository}/${image?.toLowerCase()}`;
}

const attemptOf = (place: Place, cast: Cast, cell: Cell): Attempt => {
  const repository = repositoryOf(cast, cell);
  const reference = `${place.registry}/${repository}:v1`;
  const login = cell.as === null ? null : cast[cell.as];
  return { ...place, own: place.folder, repository, reference, login };
};

/** Once more where a client fell over what it was told, which oras 1.2 does now and then. */
async function perform(
  client: Client,
  { verb }: Pick<Cell, 'verb'>,
  attempt: Attempt,
  more = 4,
): Promise<Shown | undefined> {
  const shown = await client.verbs[verb]?.(attempt);
  if (shown?.text.startsWith('panic:') !== true || more === 0) return shown;
  return perform(client, { verb }, attempt, more - 1);
}

async function fill(client: Client, registry: Registry, harbour: Harbour): Promise<void> {
  const { world, place, publicRepository } = harbour;
  const cast = await makeCast(world, publicRepository);
  if (client.verbs.push === undefined) {
    const image = `${cast.repository}/accesstoken`;
    expect(await push(world, image, cast.job)).toMatchObject({ code: 0 });
  }
  const passed: Cell[] = [];
  for (const cell of cellsOf(client)) {
    const attempt = attemptOf(place, cast, cell);
    const shown = await perform(client, cell, attempt);
    if (shown === undefined) continue;
    const text = shown.ok === cell.allowed ? shown.text : '';
    expect({ cell, ...shown }).toEqual({ cell, ok: cell.allowed, text });
    if (shown.ok) passed.push(cell);
    else {
      const words = plainWords(shown.text, attempt);
      record(found, {
        client: client.name,
        registry: registry.name,
        tried: triedOf(cell),
        text: words,
      });
    }
  }
  found.versions.set(client.name, client.version);
  under(found.passed, client.name).set(registry.name, summaryOf(passed));
}

const saidOf = ({ denied }: Page, client: string, tried: string, registry: string): string =>
  denied.get(client)?.get(tried)?.get(registry) ?? 'nothing';

/** What was said, of clients whose version is that of the page. A client that falls over does so by chance. */
function texts(of: Page): string[][] {
  return [...found.denied].flatMap(([client, tries]) =>
    [...tries].flatMap(([tried, registries]) =>
      [...registries.keys()]
        .filter(() => page.versions.get(client) === found.versions.get(client))
        .filter((registry) =>
          [page, found].every((one) => !saidOf(one, client, tried, registry).startsWith('panic:')),
        )
        .map((registry) => [client, tried, registry, saidOf(of, client, tried, registry)]),
    ),
  );
}

const cells = (of: Page) =>
  [...found.passed].flatMap(([client, registries]) =>
    [...registries.keys()].map((name) => [client, name, of.passed.get(client)?.get(name)]),
  );

async function checkPage(): Promise<void> {
  if (update) {
    const names = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name);
    return writePage(found, names(REGISTRIES), names(CLIENTS));
  }
  expect(cells(found)).toEqual(cells(page));
  expect(texts(found)).toEqual(texts(page));
}

function suite(registry: Registry): void {
  const here = programOf(registry) !== null;
  let harbour: Harbour;

  beforeAll(async () => {
    if (!here) return;
    harbour = await openHarbour(registry);
    const version = tools[registry.tool]?.version ?? 'unknown';
    const date = new Date().toISOString().slice(0, 10);
    found.registries.set(registry.name, { version, date });
  });

  afterAll(() => harbour?.close());

  for (const { name, here: hasClient, open } of CLIENTS) {
    (here && hasClient ? test : test.skip)(
      `${name} at ${registry.name}`,
      async () => {
        const client = await open(harbour.place);
        if (client === null) throw new Error(`${name} has gone`);
        try {
          await fill(client, registry, harbour);
        } finally {
          await client.close();
        }
      },
      240_000,
    );
  }
}

export function describeRegistry(name: string): void {
  const registry = REGISTRIES.find((one) => one.name === name);
  if (registry === undefined) throw new Error(`no registry is called ${name}`);
  describe(name, () => suite(registry));
  test('docs/compatibility.md says what was found', checkPage);
}
