/** How commands print what the server answered. */
import type { Context } from './context.ts';
import { boldOf } from './style.ts';
import { card, table, type Column } from './table.ts';
import { wholeNumber } from './values.ts';

export interface OutputOptions {
  readonly json?: true | undefined;
}

export const JSON_OPTION = ['--json', 'print the server’s JSON, for scripts'] as const;

/** For lists that may be long. */
export const LIMIT_OPTION = ['--limit <count>', 'only so many of them', wholeNumber] as const;

export interface ListOptions extends OutputOptions {
  readonly limit?: number | undefined;
}

export function printJson({ stdout }: Context, value: unknown): void {
  stdout(`${JSON.stringify(value, null, 2)}\n`);
}

export function printList<Row>(
  context: Context,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { json }: OutputOptions,
): void {
  if (json) printJson(context, rows);
  else if (rows.length === 0) context.stderr('There are none.\n');
  else context.stdout(table(rows, columns, { columns: context.columns, bold: boldOf(context) }));
}

export function printOne<Row>(
  context: Context,
  row: Row,
  columns: readonly Column<Row>[],
  { json }: OutputOptions,
): void {
  if (json) printJson(context, row);
  else context.stdout(card(row, columns, { bold: boldOf(context) }));
}

export interface SecretOptions extends OutputOptions {
  readonly secretOnly?: true | undefined;
}

export const SECRET_ONLY_OPTION = ['--secret-only', 'print the secret and nothing else'] as const;

/** An object with a secret that the server tells this once. */
export function printSecret<Row extends { readonly token: string }>(
  context: Context,
  row: Row,
  columns: readonly Column<Row>[],
  { json, secretOnly }: SecretOptions,
): void {
  if (secretOnly) context.stdout(`${row.token}\n`);
  else if (json) printJson(context, row);
  else {
    const shown: readonly Column<Row>[] = [...columns, ['token', ({ token }) => token]];
    context.stdout(card(row, shown, { bold: boldOf(context) }));
    context.stderr('The token is shown this once. Keep it in a safe place.\n');
  }
}
