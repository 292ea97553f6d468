/** The files in config/ are what they say they are. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { directorySchema } from '../../src/directory/schema.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { ANY, jsonSchema, outline } from '../../src/settings/outline.ts';
import { settingsSchema } from '../../src/settings/schema.ts';
import { temporaryFolder } from './support.ts';

const settingsFile = readFileSync('config/wharfpass.yml', 'utf8');

/** The file with its optional keys switched on. */
const uncommented = settingsFile.replaceAll(
  /^( *)# (public_url|listen|file|force|admin_token|secret|url|check_url|replicas|ca|cert|key): /gm,
  '$1$2: ',
);

function at(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, step) =>
      step === ANY
        ? Object.values(node as object)[0]
        : (node as Record<string, unknown> | undefined)?.[step],
    tree,
  );
}

describe('config/wharfpass.yml', () => {
  const cwd = '/somewhere';

  test('changes nothing: loading it gives exactly the defaults', () => {
    const folder = temporaryFolder();
    const file = folder.write('w.yml', settingsFile);
    expect(loadSettings({ file, env: {}, cwd })).toEqual(loadSettings({ env: {}, cwd }));
    folder.remove();
  });

  test.each(outline(settingsSchema).keys.map(({ path }) => [path.join('.'), path] as const))(
    '%s stands in it, with its default or commented out',
    (_, path) => {
      expect(at(parse(uncommented), path)).toBeDefined();
    },
  );

  test('docs/configuration.md explains every key and names its variable', () => {
    const page = readFileSync('docs/configuration.md', 'utf8');
    for (const { path } of outline(settingsSchema).keys) {
      const name = path.join('.').replace(`.${ANY}.`, '.<name>.');
      expect(page).toContain(`\`${name}\``);
      const variable = `WHARFPASS_${path.join('__').toUpperCase().replace(ANY, '<NAME>')}`;
      expect(page).toContain(`\`${variable}\``);
    }
  });

  test('docs/directory.md explains every key', () => {
    const page = readFileSync('docs/directory.md', 'utf8');
    const known = outline(directorySchema);
    const names = ['users', 'groups', 'projects'].flatMap((section) =>
      known.namesUnder([section, 'x']),
    );
    expect(names.length).toBeGreaterThan(15);
    for (const name of names) expect(page).toContain(`\`${name}\``);
  });
});

/** `UPDATE_SCHEMA=1 npx jest test/settings` writes them anew; format them after. */
describe('JSON schemas for editors', () => {
  test.each([
    ['config/wharfpass.schema.json', 'wharfpass settings', settingsSchema],
    ['config/directory.schema.json', 'wharfpass directory file', directorySchema],
  ] as const)('%s is what the code checks', (file, title, schema) => {
    const wanted = { title, ...jsonSchema(schema) };
    if (process.env['UPDATE_SCHEMA'] === '1') {
      writeFileSync(file, `${JSON.stringify(wanted, null, 2)}\n`);
    }
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(wanted);
  });

  test.each(['wharfpass', 'directory'])('config/%s.yml names its schema', (name) => {
    const [first] = readFileSync(`config/${name}.yml`, 'utf8').split('\n');
    expect(first).toBe(`# yaml-language-server: $schema=./${name}.schema.json`);
  });
});
