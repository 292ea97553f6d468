import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../src/errors.ts';
import { parseScopes, printScopes } from '../../src/token/scope.ts';

const parsed = (...parameters: string[]) =>
  parseScopes(parameters).map(({ type, name, actions }) => `${type}|${name}|${actions.join(',')}`);

describe('one scope', () => {
  test.each([
    ['repository:acme/app:pull', 'repository|acme/app|pull'],
    ['repository:acme/app:push,pull', 'repository|acme/app|push,pull'],
    ['repository:acme/app:*', 'repository|acme/app|*'],
    ['registry:catalog:*', 'registry|catalog|*'],
    // T10, T11 and P-13: a host with a port is part of the name, never stripped.
    ['repository:host:5000/a/b:pull,push', 'repository|host:5000/a/b|pull,push'],
    ['repository:[::1]:5000/a/b:pull', 'repository|[::1]:5000/a/b|pull'],
    ['repository:a/b:pull:push', 'repository|a/b:pull|push'],
    // T12 and P-14: the class decides nothing.
    ['repository(plugin):a/b:pull', 'repository|a/b|pull'],
    ['repository():a/b:pull', 'repository|a/b|pull'],
    // P-17: zot's catalogue has an empty name.
    ['repository::pull', 'repository||pull'],
    // P-18 and T9: names are kept byte for byte.
    ['repository:Acme/App:pull', 'repository|Acme/App|pull'],
    ['repository:acme/%61pp:pull', 'repository|acme/%61pp|pull'],
    ['repository:acme/../app:pull', 'repository|acme/../app|pull'],
    ['repository:ａcme/app:pull', 'repository|ａcme/app|pull'],
    ['repository:acme/app\0:pull', 'repository|acme/app\0|pull'],
    // Words that are no action are dropped; the rest stays.
    ['repository:a/b:pull,,push', 'repository|a/b|pull,push'],
    ['repository:a/b:PULL,pull', 'repository|a/b|pull'],
    ['repository:a/b:pull,pull', 'repository|a/b|pull'],
    ['repository:a/b:fly,pull', 'repository|a/b|fly,pull'],
  ])('T9, T10: %j → %j', (text, expected) => {
    expect(parsed(text)).toEqual([expected]);
  });

  test.each([
    '',
    ' ',
    'x',
    ':',
    '::',
    ':::',
    'repository',
    'repository:',
    'repository:a/b',
    'repository:a/b:',
    'repository:a/b:PULL',
    'repository:a/b:pull;push',
    'repository:a/b:*pull',
    ':a/b:pull',
    'Repository:a/b:pull',
    'reposit\u00f6ry:a/b:pull',
    '(plugin):a/b:pull',
    'repository(plugin:a/b:pull',
    'repository)plugin(:a/b:pull',
    `${'r'.repeat(33)}:a/b:pull`,
    `repository:${'a'.repeat(256)}:pull`,
    `repository:a/b:${Array.from({ length: 17 }, () => 'pull').join(',')}`,
    `repository:a/b:pull${','.repeat(16)}push`,
  ])('T10, P-12: %j asks for nothing', (text) => {
    expect(parsed(text)).toEqual([]);
  });

  test('the longest name and the most actions still count', () => {
    const letters = 'abcdefghijklmnop'.split('').join(',');
    expect(parsed(`repository:${'a'.repeat(255)}:${letters}`)).toHaveLength(1);
  });
});

describe('several scopes', () => {
  const both = ['repository|a/b|pull', 'repository|c/d|push'];

  test('P-07: repeated parameters', () => {
    expect(parsed('repository:a/b:pull', 'repository:c/d:push')).toEqual(both);
  });

  test('P-08: one parameter that holds spaces', () => {
    expect(parsed('repository:a/b:pull repository:c/d:push')).toEqual(both);
  });

  test('P-12: empty parameters, leading, trailing and many spaces ask for nothing', () => {
    const spaces = ' '.repeat(500);
    expect(parsed('', `${spaces}repository:a/b:pull${spaces}repository:c/d:push `, '')).toEqual(
      both,
    );
  });

  test('only the space separates', () => {
    expect(parsed('repository:a/b:pull\trepository:c/d:push')).toEqual([
      'repository|a/b:pull\trepository:c/d|push',
    ]);
    expect(parsed('repository:a/b:pull\u00a0repository:c/d:push')).toHaveLength(1);
  });

  test('T14, P-10: one entry for each type and name', () => {
    expect(
      parsed('repository:a/b:pull repository:a/b:push,pull', 'repository(x):a/b:delete'),
    ).toEqual(['repository|a/b|pull,push,delete']);
    expect(parsed('registry:a/b:pull repository:a/b:pull')).toHaveLength(2);
  });

  test('T15: a hundred are served, one more is refused, and repeats count', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => `repository:a/b${i}:pull`);
    expect(parseScopes(many(100))).toHaveLength(100);
    expect(parseScopes([many(100).join('   ')])).toHaveLength(100);
    expect(() => parseScopes(many(101))).toThrow(AppError);
    expect(() => parseScopes([many(101).join(' ')])).toThrow('more than 100 scopes');
    expect(() => parseScopes(['x '.repeat(101)])).toThrow('more than 100 scopes');
  });

  test('T37: names of the prototype are names like any other', () => {
    const texts = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const scopes = texts.flatMap((t) => [`${t}:${t}:${t}`, `repository:${t}:pull`]);
    const repositories = parseScopes(scopes).filter(({ type }) => type === 'repository');
    expect(repositories.map(({ name }) => name)).toEqual(texts);
    expect(({} as Record<string, unknown>)['pull']).toBeUndefined();
  });
});

describe('properties', () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  const name = fc.stringMatching(/^[a-z0-9]{1,6}(\/[a-z0-9]{1,6}){0,3}$/);
  const resource = fc.record({
    type: fc.constantFrom('repository', 'registry'),
    name,
    actions: fc.uniqueArray(fc.oneof(word, fc.constant('*')), { minLength: 1, maxLength: 5 }),
  });
  const resources = fc.uniqueArray(resource, {
    maxLength: 20,
    selector: (r) => `${r.type}:${r.name}`,
  });

  test('T10: any text at all is read without a throw, but for its count', () => {
    const pieces = fc.constantFrom(
      ':',
      ',',
      ' ',
      '*',
      '(',
      ')',
      'repository',
      'a/b',
      'pull',
      '\0',
      '%',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((p) => p.join('')),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (parameters) => {
        const entries = parameters.flatMap((p) => p.split(' ')).filter((t) => t !== '');
        fc.pre(entries.length <= 100);
        for (const { type, name: n, actions } of parseScopes(parameters)) {
          // Never more than was asked for: the name stands in the request, byte for byte.
          expect(entries.some((e) => e.startsWith(type) && e.includes(`:${n}:`))).toBe(true);
          expect(actions.length).toBeGreaterThan(0);
          for (const action of actions) expect(entries.some((e) => e.includes(action))).toBe(true);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test('what is printed is read back', () => {
    fc.assert(
      fc.property(resources, (asked) => {
        expect(parseScopes([printScopes(asked)])).toEqual(asked);
      }),
    );
  });

  test('T14, P-11: neither order nor repeating changes what is asked', () => {
    const canonical = (parameters: readonly string[]) =>
      parseScopes(parameters)
        .map((r) => `${r.type}:${r.name}:${[...r.actions].sort().join(',')}`)
        .sort();
    fc.assert(
      fc.property(
        resources.chain((asked) => {
          const single = asked.flatMap((r) => r.actions.map((a) => `${r.type}:${r.name}:${a}`));
          const doubled = [...single, ...single];
          return fc.tuple(
            fc.constant(asked),
            fc.shuffledSubarray(doubled, { minLength: doubled.length }),
          );
        }),
        ([asked, spelled]) => {
          fc.pre(spelled.length <= 100);
          expect(canonical(spelled)).toEqual(canonical(asked.map((r) => printScopes([r]))));
        },
      ),
    );
  });
});

describe('T35: a megabyte is read in bounded time', () => {
  const MEGABYTE = 1_000_000;
  const hostile: [string, string][] = [
    ['one word', 'a'.repeat(MEGABYTE)],
    ['colons', ':'.repeat(MEGABYTE)],
    ['commas', `repository:a/b:${','.repeat(MEGABYTE)}`],
    ['actions', `repository:a/b:${'pull,'.repeat(MEGABYTE / 5)}`],
    ['brackets', `${'('.repeat(MEGABYTE)}:a:pull`],
    ['brackets closed', `repository${'('.repeat(MEGABYTE / 2)}${')'.repeat(MEGABYTE / 2)}:a:pull`],
    ['a name', `repository:${'a/'.repeat(MEGABYTE / 2)}:pull`],
    ['spaces', ' '.repeat(MEGABYTE)],
    ['scopes', 'repository:a/b:pull '.repeat(MEGABYTE / 20)],
    ['an action', `repository:a/b:${'z'.repeat(MEGABYTE)}`],
    ['a type', `${'z'.repeat(MEGABYTE)}:a/b:pull`],
  ];

  test.each(hostile)('%s', (_, text) => {
    const start = performance.now();
    try {
      for (const { name, actions } of parseScopes([text])) {
        expect(name.length).toBeLessThanOrEqual(255);
        expect(actions.length).toBeLessThanOrEqual(16);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
    }
    expect(performance.now() - start).toBeLessThan(250);
  });
});
