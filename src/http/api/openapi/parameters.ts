/** Parameters of a path and of a query, where everything is text. */
import type { z } from 'zod';
import { exampleOf } from './example.ts';
import { toJsonSchema, type Components, type JsonSchema } from './json-schema.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

const isNumber = ({ type }: JsonSchema): boolean => type === 'integer' || type === 'number';
const isDigits = ({ type, pattern = '' }: JsonSchema): boolean =>
  type === 'string' && /\\d\{[\d,]+\}\$$/.test(pattern);

/** A number and the same number as text look alike in a URL. */
export function withoutDoubles(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  const number = anyOf?.find(isNumber);
  if (number === undefined || !anyOf?.some(isDigits)) return schema;
  return { ...number, ...rest };
}

/** `scope[]=a&scope[]=b`, as GitLab's clients write a list. */
function listOf({ anyOf = [] }: JsonSchema): JsonSchema | undefined {
  return anyOf.find(({ type }) => type === 'array');
}

function parameterOf(
  place: Parameter['in'],
  [name, schema]: readonly [string, JsonSchema],
  { required = [] }: JsonSchema,
): Parameter {
  const list = schema.type === 'array' ? schema : listOf(schema);
  const one = list ?? withoutDoubles(schema);
  const { description, examples, ...shown } = one;
  const about = description ?? schema.description;
  const mustBe = required.includes(name) && schema.default === undefined;
  return {
    name: list === undefined ? name : `${name}[]`,
    in: place,
    required: mustBe,
    ...(about !== undefined && { description: about }),
    schema: shown,
    ...((mustBe || examples !== undefined) && { example: exampleOf(one, new Map()) }),
  };
}

export function parametersOf(
  place: Parameter['in'],
  schema: z.ZodType,
  components: Components,
): readonly Parameter[] {
  const object = toJsonSchema(schema, 'input', components);
  return Object.entries(object.properties ?? {}).map((entry) => parameterOf(place, entry, object));
}
