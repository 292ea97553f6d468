import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { paginationHeaders, sliceOfVisible } from '../../../src/http/api/pagination.ts';

const url = new URL('https://tokens.example.com/api/v4/users?search=a%20b&page=3');

test('the links keep the query and are absolute', () => {
  const { Link } = paginationHeaders({ page: 3, per_page: 10, total: 41 }, url);
  const at = (page: number) =>
    `<https://tokens.example.com/api/v4/users?search=a+b&page=${page}&per_page=10>`;
  expect(Link).toBe(
    `${at(2)}; rel="prev", ${at(4)}; rel="next", ${at(1)}; rel="first", ${at(5)}; rel="last"`,
  );
});

test.each([
  [1, 0, '', '', '1'],
  [1, 20, '', '', '1'],
  [1, 21, '2', '', '2'],
  [2, 21, '', '1', '2'],
  [9, 21, '', '', '2'],
])('page %i of %i records', (page, total, next, previous, pages) => {
  expect(paginationHeaders({ page, per_page: 20, total }, url)).toMatchObject({
    'X-Next-Page': next,
    'X-Prev-Page': previous,
    'X-Total-Pages': pages,
  });
});

test('a filtered list is the slice of the filtered whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 1300 }),
      fc.integer({ min: 1, max: 7 }),
      fc.nat(1300),
      fc.integer({ min: 1, max: 100 }),
      async (size, every, offset, limit) => {
        const all = Array.from({ length: size }, (_, i) => i);
        const slice = await sliceOfVisible(
          async (page) => ({
            items: all.slice(page.offset, page.offset + page.limit),
            total: all.length,
          }),
          async (n) => n % every === 0,
          { offset, limit },
        );
        const visible = all.filter((n) => n % every === 0);
        expect(slice).toEqual({
          items: visible.slice(offset, offset + limit),
          total: visible.length,
        });
      },
    ),
    { numRuns: 200 },
  );
});

test('a list of more than 10,000 has no totals and no last page', () => {
  const slice = { page: 200, per_page: 100, total: 10_001, more: true };
  const headers = paginationHeaders(slice, url);
  expect(headers).toMatchObject({ 'X-Next-Page': '201', 'X-Prev-Page': '199', 'X-Page': '200' });
  expect(Object.keys(headers).filter((name) => name.startsWith('X-Total'))).toEqual([]);
  expect(headers['Link']).not.toContain('rel="last"');
  const whole = paginationHeaders({ page: 100, per_page: 100, total: 10_000 }, url);
  expect(whole).toMatchObject({ 'X-Total': '10000', 'X-Total-Pages': '100', 'X-Next-Page': '' });
});
