/** A heading and how to read the cell under it from a row. */
export type Column<Row> = readonly [heading: string, cell: (row: Row) => unknown];

/** Lines of padded columns, headings first. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const head = columns.map(([heading]) => heading.toUpperCase());
  const body = rows.map((row) => columns.map(([, cell]) => text(cell(row))));
  const widths = columns.map((_, i) =>
    Math.max(...[head, ...body].map((cells) => cells[i]?.length ?? 0)),
  );
  return [head, ...body]
    .map((cells) => cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** One object, a line for each of its columns. */
export function card<Row>(row: Row, columns: readonly Column<Row>[]): string {
  const width = Math.max(...columns.map(([heading]) => heading.length));
  return columns
    .map(([heading, cell]) => `${heading.padEnd(width)}  ${text(cell(row))}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}

/** Names come from other people: a control character in one must not reach the terminal. */
export function text(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(text).join(' ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return shown.replaceAll(/\p{C}/gu, '?');
}
