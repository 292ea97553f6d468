import { resolve, type Components, type JsonSchema } from './json-schema.ts';

const OF_FORMAT: Readonly<Record<string, string>> = {
  date: '2027-01-31',
  'date-time': '2027-01-31T12:00:00.000Z',
  uuid: '3f2b8c1e-7a54-4d19-9c06-5e8d2a7b1f43',
};

function ofType(schema: JsonSchema, components: Components): unknown {
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return ofObject(schema, components);
    case 'array':
      return schema.items === undefined ? [] : [exampleOf(schema.items, components)];
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, 1);
    case 'boolean':
      return true;
    case 'string':
      return OF_FORMAT[schema.format ?? ''] ?? 'text';
    default:
      return null;
  }
}

/** What must be there, and what has an example of its own. */
function ofObject({ properties = {}, required = [] }: JsonSchema, components: Components) {
  const shown = Object.entries(properties).filter(
    ([name, schema]) => required.includes(name) || schema.examples !== undefined,
  );
  return Object.fromEntries(shown.map(([name, schema]) => [name, exampleOf(schema, components)]));
}

/** A value that fits the schema: the example that it names, or one made of its parts. */
export function exampleOf(given: JsonSchema, components: Components): unknown {
  const schema = { ...resolve(given, components), ...given };
  if (schema.examples !== undefined) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum !== undefined) return schema.enum[0];
  const choice = schema.properties === undefined && (schema.anyOf ?? schema.oneOf)?.[0];
  return choice ? exampleOf(choice, components) : ofType(schema, components);
}
