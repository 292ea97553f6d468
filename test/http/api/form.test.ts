import { expect, test } from '@jest/globals';
import { decodeForm } from '../../../src/http/api/form.ts';

const plain = (encoded: string): unknown => JSON.parse(JSON.stringify(decodeForm(encoded)));

test.each([
  ['', {}],
  ['a=1&b=', { a: '1', b: '' }],
  ['a=%C3%A9+x', { a: 'é x' }],
  ['a[]=1', { a: ['1'] }],
  ['a[]=1&a[]=1', { a: ['1', '1'] }],
  ['p[c]=read&p[j]=none', { p: { c: 'read', j: 'none' } }],
  ['r[f][x]=true', { r: { f: { x: 'true' } } }],
  ['r[f][]=1&r[f][]=2', { r: { f: ['1', '2'] } }],
])('%s', (encoded, fields) => {
  expect(plain(encoded)).toEqual(fields);
});

test.each([
  'a=1&a=2',
  'a=1&a[]=2',
  'a[]=1&a=2',
  'a=1&a[b]=2',
  'a[b]=1&a=2',
  'a[]=1&a[b]=2',
  'a[b]=1&a[b]=2',
])('T38: %s has a value twice', (encoded) => {
  expect(() => decodeForm(encoded)).toThrow('stands more than once');
});

test.each([
  '=1',
  '[]=1',
  '[a]=1',
  'a[=1',
  'a]=1',
  'a[b]c=1',
  'a[b][c][d][e]=1',
  `${'a'.repeat(65)}=1`,
])('%s is malformed', (encoded) => {
  expect(() => decodeForm(encoded)).toThrow('malformed');
});

test('T37: prototype names are names like any other', () => {
  const fields = decodeForm('__proto__[admin]=1&constructor=2&toString=3');
  expect(Object.keys(fields)).toEqual(['__proto__', 'constructor', 'toString']);
  expect(Object.getPrototypeOf(fields)).toBeNull();
  expect(({} as { admin?: string }).admin).toBeUndefined();
});

test('T15 T35: 64 KiB of the worst is decoded or refused within 100 ms', () => {
  const inputs = ['a[]=1&', 'a&', '[', 'a[', '%', '&&', 'a[b][c]=', 'x='].map((part) =>
    part.repeat(65_536 / part.length),
  );
  for (const input of inputs) {
    const before = performance.now();
    try {
      decodeForm(input);
    } catch {
      // Refused, which is as good.
    }
    expect(performance.now() - before).toBeLessThan(100);
  }
});
