/** From the schemas that check requests and describe answers to JSON Schema (draft 2020-12), as OpenAPI 3.1 has it. */
import { z } from 'zod';

export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** Schemas by their name, for `#/components/schemas`. */
export type Components = Map<string, JsonSchema>;

export const COMPONENTS = '#/components/schemas/';

type Editable = Record<string, unknown>;

/** What stays of a schema that says in words of JSON Schema what it is (`.meta({ jsonSchema })`). */
const ABOUT = new Set(['description', 'examples', 'default']);

function tidy(schema: Editable): void {
  const { jsonSchema: said, example } = schema;
  if (example !== undefined) schema['examples'] = [example];
  delete schema['example'];
  if (said !== undefined) {
    for (const key of Object.keys(schema)) if (!ABOUT.has(key)) delete schema[key];
    Object.assign(schema, said);
  }
  // The format says it; the pattern spells out every leap year.
  if (schema['format'] === 'date' || schema['format'] === 'date-time') delete schema['pattern'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
}

/**
 * @param io which side of the transforms: `input`, what a request says; `output`, what an answer says
 * @param components takes the parts that have a name (`.meta({ id })`)
 * @throws Error for two different parts of one name
 */
export function toJsonSchema(
  schema: z.ZodType,
  io: 'input' | 'output',
  components: Components,
): JsonSchema {
  const whole = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      tidy(jsonSchema);
      // Zod leaves it out where a transform follows, and here every such value may be sent as it is.
      if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue;
    },
  });
  const text = JSON.stringify(whole).replaceAll('"$ref":"#/$defs/', `"$ref":"${COMPONENTS}`);
  const {
    $schema: _,
    $defs,
    ...rest
  } = JSON.parse(text) as Editable & {
    $defs?: Record<string, JsonSchema>;
  };
  for (const [name, part] of Object.entries($defs ?? {})) {
    const known = components.get(name);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(part)) {
      throw new Error(`two different schemas have the id ${name}`);
    }
    components.set(name, part);
  }
  return rest;
}

/** The schema that a reference names; any other as it is. */
export function resolve(schema: JsonSchema, components: Components): JsonSchema {
  if (schema.$ref === undefined) return schema;
  return components.get(schema.$ref.slice(COMPONENTS.length)) ?? {};
}
