/** Lists name what the caller may see, whatever is searched for, and count no more than that. */
import { describe, expect, test } from '@jest/globals';
import type { Scene } from './scene.ts';

const SEES = {
  administrator: ['acme', 'globex', 'initech', 'hooli'],
  'Guest of the group': ['acme', 'initech', 'hooli'],
  'Owner in the other tenant': ['globex', 'initech', 'hooli'],
  'user without memberships': ['initech', 'hooli'],
  'Owner whose membership has ended': ['initech', 'hooli'],
  'external user': ['hooli'],
} as const;

const ALL = ['acme', 'globex', 'initech', 'hooli'] as const;

const LISTS = [
  ['groups', 'full_path', '', ''],
  ['projects', 'path_with_namespace', '/app', '&search_namespaces=true'],
] as const;

async function find({ client, callers }: Scene, name: string, list: string, query: string) {
  const headers = callers.find((caller) => caller.name === name)?.headers ?? {};
  const path = `/api/v4/${list}?${query}&per_page=100`;
  const got = await client.send({ method: 'GET', path, headers });
  const total = got.headers.find((line) => /^x-total:/i.test(line))?.slice(9);
  const items = JSON.parse(got.text) as Record<string, string>[];
  return { items, total: Number(total), text: got.text };
}

/** A member of one project sees that and nothing around it. */
function narrow(scene: () => Scene): void {
  test('T43: a member of a project alone finds neither its group nor its neighbours', async () => {
    const name = 'Guest of the project alone';
    const groups = await find(scene(), name, 'groups', 'search=acme');
    expect([groups.items, groups.total]).toEqual([[], 0]);
    const projects = await find(scene(), name, 'projects', 'search=acme&search_namespaces=true');
    expect(projects.items.map((project) => project['path_with_namespace'])).toEqual(['acme/app']);
    expect(projects.total).toBe(1);
  });
}

export function lists(scene: () => Scene): void {
  narrow(scene);
  describe.each(Object.entries(SEES))('%s', (name, seen: readonly string[]) => {
    test.each(LISTS)('T43: finds in /%s what they may see, and nothing else', async (...list) => {
      const [kind, field, rest, more] = list;
      for (const word of ALL) {
        const { items, total, text } = await find(scene(), name, kind, `search=${word}${more}`);
        const found = items.map((item) => item[field]);
        expect([word, found.includes(word + rest)]).toEqual([word, seen.includes(word)]);
        expect([word, total]).toEqual([word, found.length]);
        for (const other of ALL.filter((each) => !seen.includes(each))) {
          expect(text).not.toContain(other);
        }
      }
    });
  });
}
