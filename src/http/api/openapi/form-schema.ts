import type { JsonSchema } from './json-schema.ts';

const isNull = ({ type }: JsonSchema): boolean => type === 'null';

/** What a form can say of a value: texts, and lists of them. null: nothing. */
function textual(schema: JsonSchema): JsonSchema | null {
  const { anyOf, ...about } = schema;
  if (anyOf !== undefined) {
    const left = anyOf.filter((each) => !isNull(each)).map(textual);
    const said = left.filter((each) => each !== null);
    if (said.length === 0) return null;
    return said.length === 1 ? { ...about, ...said[0] } : { ...about, anyOf: said };
  }
  if (schema.type === 'object') return null;
  if (schema.type === 'boolean') return { ...about, type: 'string', enum: ['true', 'false'] };
  return schema;
}

const isList = (schema: JsonSchema): boolean => schema.type === 'array';

/**
 * The same body as a form writes it: lists as `name[]`, and no null. null for a body with objects in it, which the names
 * of a form can spell as well (`runner[id]`), but a schema not.
 */
export function formSchemaOf(body: JsonSchema): JsonSchema | null {
  if (body.properties === undefined) return null;
  const renamed = new Map<string, string>();
  const properties: Record<string, JsonSchema> = {};
  for (const [name, schema] of Object.entries(body.properties)) {
    const said = textual(schema);
    if (said === null) return null;
    const field = isList(said) ? `${name}[]` : name;
    renamed.set(name, field);
    // A list of nothing leaves no trace in a form.
    properties[field] = isList(said)
      ? { ...said, minItems: Math.max(1, said.minItems ?? 0) }
      : said;
  }
  const required = body.required?.map((name) => renamed.get(name) ?? name);
  const { examples: _, ...rest } = body;
  return { ...rest, properties, ...(required !== undefined && { required }) };
}
