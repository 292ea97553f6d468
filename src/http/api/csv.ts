/** Comma-separated values (RFC 4180). */

type Cell = string | number | boolean | null;

/** Starts of what a spreadsheet takes for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
}

/** With a line of the names of the columns, where there is any row. */
export function csvOf(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const [first] = rows;
  if (first === undefined) return '';
  const columns = Object.keys(first);
  const lines = rows.map((row) => columns.map((name) => cell(row[name] ?? null)).join(','));
  return [columns.join(','), ...lines, ''].join('\r\n');
}
