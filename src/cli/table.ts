import type { Style } from './style.ts';

/** A heading and how to read the cell under it from a row. */
export type Column<Row> = readonly [heading: string, cell: (row: Row) => unknown];

export interface TableOptions {
  /** Characters in a line of the terminal; undefined: as many as it takes. */
  readonly columns?: number | undefined;
  /** For the headings. */
  readonly bold?: Style;
}

const GAP = '  ';
/** A column is not made narrower than this. */
const NARROWEST = 8;

/** Lines of padded columns, headings first. Where they do not fit, long cells are cut, or each row becomes a card. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { columns: room = Infinity, bold = (same) => same }: TableOptions = {},
): string {
  const head = columns.map(([heading]) => heading.toUpperCase());
  const body = rows.map((row) => columns.map(([, cell]) => text(cell(row))));
  const natural = head.map((_, i) => Math.max(...[head, ...body].map((cells) => width(cells[i]))));
  const widths = narrowed(natural, room);
  if (widths === null) return rows.map((row) => card(row, columns, { bold })).join('\n');
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cut(cell, widths[i] ?? 0).padEnd(widths[i] ?? 0))
      .join(GAP)
      .trimEnd();
  return [bold(line(head)), ...body.map(line)].map((each) => `${each}\n`).join('');
}

const width = (cell: string | undefined): number => cell?.length ?? 0;

const cut = (cell: string, most: number): string =>
  cell.length <= most ? cell : `${cell.slice(0, most - 1)}…`;

/** The widest column gives way first. null: not even the narrowest columns fit. */
function narrowed(natural: readonly number[], room: number): readonly number[] | null {
  const widths = [...natural];
  const taken = (): number => widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length);
  while (taken() > room) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) return null;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

/** One object, a line for each of its columns. Nothing is cut: a secret may be among them. */
export function card<Row>(
  row: Row,
  columns: readonly Column<Row>[],
  { bold = (same) => same }: Pick<TableOptions, 'bold'> = {},
): string {
  const most = Math.max(...columns.map(([heading]) => heading.length));
  return columns
    .map(([heading, cell]) => `${bold(heading.padEnd(most))}  ${text(cell(row))}`.trimEnd())
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
