import { describe, expect, test } from '@jest/globals';
import { card, table, text } from '../../src/cli/table.ts';

const rows = [
  { name: 'a', note: null },
  { name: 'longer', note: 'x' },
];
const columns = [
  ['name', (row: (typeof rows)[number]) => row.name],
  ['a note', (row: (typeof rows)[number]) => row.note],
] as const;

test('a table has headings, padded columns and no blanks at the ends of lines', () => {
  expect(table(rows, columns)).toBe('NAME    A NOTE\na       -\nlonger  x\n');
});

test('a card has a line for each column', () => {
  expect(card({ name: 'longer', note: 'x' }, columns)).toBe('name    longer\na note  x\n');
});

describe('cells', () => {
  test.each([
    [null, '-'],
    [undefined, '-'],
    ['', '-'],
    [true, 'yes'],
    [false, 'no'],
    [0, '0'],
    [['a', 'b'], 'a b'],
    [[], '-'],
  ])('%j is shown as %j', (value, shown) => {
    expect(text(value)).toBe(shown);
  });

  test('a name cannot move the cursor, colour the screen or turn the writing round', () => {
    expect(text('a\u001b[2Jb\r\nc\u202ed\u0000')).toBe('a?[2Jb??c?d?');
  });
});

describe('at a terminal', () => {
  const long = [{ name: 'acme/a-project-with-a-long-name', note: 'private' }];

  test('the longest cells give way, until the lines fit', () => {
    expect(table(long, columns, { columns: 30 })).toBe(
      'NAME                   A NOTE\nacme/a-project-with-…  private\n',
    );
  });

  test('what cannot fit at all is shown row by row, and whole', () => {
    expect(table([...long, ...long], columns, { columns: 12 })).toBe(
      `${card(long[0] ?? { name: '', note: null }, columns)}\n`.repeat(2).slice(0, -1),
    );
  });

  test('headings are made bold and still line up', () => {
    const bold = (heading: string): string => `<${heading}>`;
    expect(table(rows, columns, { bold })).toBe('<NAME    A NOTE>\na       -\nlonger  x\n');
  });
});
