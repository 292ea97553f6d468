/** Schemas in words and tables. */
import { html, type Html } from './html.ts';
import { COMPONENTS, type JsonSchema } from './json-schema.ts';
import { withoutDoubles } from './parameters.ts';

const nameOf = (reference: string): string => reference.slice(COMPONENTS.length);

const list = (parts: readonly Html[], glue: string): Html =>
  html`${parts.map((part, at) => (at === 0 ? part : html`${glue}${part}`))}`;

const value = (given: unknown): Html => html`<code>${JSON.stringify(given)}</code>`;

/** Tells nobody anything. */
const MAX_ID = 999_999_999_999_999;

function bounds(schema: JsonSchema): string {
  const { minimum, maximum, exclusiveMinimum, minLength, maxLength, minItems, maxItems } = schema;
  const least = minimum ?? (exclusiveMinimum === undefined ? undefined : exclusiveMinimum + 1);
  const range = (from: number | undefined, to: number | undefined, of: string): string =>
    from === undefined && to === undefined
      ? ''
      : `, ${from === undefined ? '' : `from ${from} `}${to === undefined ? '' : `to ${to} `}${of}`.trimEnd();
  return (
    range(least, maximum === MAX_ID ? undefined : maximum, '') +
    range(minLength, maxLength, 'characters') +
    range(minItems, maxItems, 'entries')
  );
}

/** Without the numbers that stand as text too. */
const distinct = (values: readonly unknown[]): readonly unknown[] =>
  values.filter((each) => typeof each !== 'string' || !values.includes(Number(each)));

/** What a value is, in a few words. */
export function typeOf(given: JsonSchema): Html {
  const schema = withoutDoubles(given);
  const { $ref, type, format, anyOf, oneOf, items } = schema;
  if ($ref !== undefined) return html`<a href="#schema-${nameOf($ref)}">${nameOf($ref)}</a>`;
  if (schema.const !== undefined) return value(schema.const);
  if (schema.enum !== undefined) return list(distinct(schema.enum).map(value), ', ');
  const choice = schema.properties === undefined ? (anyOf ?? oneOf) : undefined;
  if (choice !== undefined) return list(choice.map(typeOf), ' or ');
  if (type === 'array')
    return html`list of ${items === undefined ? 'anything' : typeOf(items)}${bounds(schema)}`;
  const name = format ?? (typeof type === 'string' ? type : (type?.join(' or ') ?? 'anything'));
  return html`${name}${bounds(schema)}`;
}

interface Row {
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

function rowsOf(schema: JsonSchema, within = ''): readonly Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, part]) => {
    const name = within + key;
    const [inner] = [part, part.items, ...(part.anyOf ?? [])].filter(
      (each) => each?.properties !== undefined,
    );
    const row = { name, required: schema.required?.includes(key) ?? false, schema: part };
    const dots = part.type === 'array' ? `${name}[].` : `${name}.`;
    return [row, ...(inner === undefined ? [] : rowsOf(inner, dots))];
  });
}

function describe({ description, default: fallback }: JsonSchema): Html {
  const otherwise = fallback === undefined ? '' : html` Default: ${value(fallback)}.`;
  return html`${description ?? ''}${otherwise}`;
}

export function tableOf(rows: readonly Row[]): Html {
  const line = ({ name, required, schema }: Row): Html =>
    html`<tr>
      <td><code>${name}</code></td>
      <td>${typeOf(schema)}</td>
      <td>${required ? 'yes' : ''}</td>
      <td>${describe(schema)}</td>
    </tr>`;
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>name</th>
          <th>value</th>
          <th>required</th>
          <th>meaning</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(line)}
      </tbody>
    </table>
  </div>`;
}

/** A table of the fields of an object; of anything else what it is. */
export function fieldsOf(schema: JsonSchema): Html {
  const rows = rowsOf(schema);
  return rows.length === 0 ? html`<p>${typeOf(schema)}</p>` : tableOf(rows);
}
