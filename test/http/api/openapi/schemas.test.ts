/** From what checks a request to what a reader, a form and a generator of clients is told. */
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  accessLevel,
  expiresAt,
  flag,
  pageFields,
  positiveId,
} from '../../../../src/http/api/fields.ts';
import { exampleOf } from '../../../../src/http/api/openapi/example.ts';
import { formSchemaOf } from '../../../../src/http/api/openapi/form-schema.ts';
import { toJsonSchema, type Components } from '../../../../src/http/api/openapi/json-schema.ts';
import { parametersOf } from '../../../../src/http/api/openapi/parameters.ts';
import { ok, route } from '../../../../src/http/api/route.ts';
import { misfitOf } from '../documented.ts';

const input = (schema: z.ZodType) => toJsonSchema(schema, 'input', new Map());

test('what a transform takes is said, not what it makes', () => {
  expect(input(positiveId)).toEqual({
    anyOf: [
      { type: 'integer', minimum: 1, maximum: 999_999_999_999_999 },
      { type: 'string', pattern: '^[1-9]\\d{0,14}$' },
    ],
  });
  expect(input(accessLevel).enum).toEqual([
    10,
    15,
    20,
    30,
    40,
    50,
    '10',
    '15',
    '20',
    '30',
    '40',
    '50',
  ]);
  const formats = JSON.stringify(input(expiresAt)).match(/"format":"[a-z-]+"/g);
  expect(formats).toEqual(['"format":"date"', '"format":"date-time"']);
  const { page, per_page } = input(z.strictObject(pageFields)).properties ?? {};
  expect(page).toMatchObject({ type: 'integer', minimum: 1, default: 1 });
  expect(per_page).toMatchObject({ type: 'integer', minimum: 1, default: 20 });
});

test('a part with a name is said once, and one name is not of two parts', () => {
  const components: Components = new Map();
  const port = z.strictObject({ port: z.int() }).meta({ id: 'Port', example: { port: 1 } });
  const schema = toJsonSchema(z.array(port), 'output', components);
  expect(schema).toEqual({ type: 'array', items: { $ref: '#/components/schemas/Port' } });
  expect(components.get('Port')?.properties).toEqual({ port: { type: 'integer' } });
  expect(exampleOf(schema, components)).toEqual([{ port: 1 }]);
  const other = z.strictObject({ starboard: z.int() }).meta({ id: 'Port' });
  expect(() => toJsonSchema(other, 'output', components)).toThrow('two different schemas');
});

test('in a URL a number is a number, and a list has brackets', () => {
  const status = z.enum(['running', 'failed']);
  const query = z.strictObject({
    id: positiveId,
    scope: z.union([status.transform((one) => [one]), z.array(status)]).optional(),
  });
  const [id, scope] = parametersOf('query', query, new Map());
  expect(id).toEqual({
    name: 'id',
    in: 'query',
    required: true,
    schema: { type: 'integer', minimum: 1, maximum: 999_999_999_999_999 },
    example: 1,
  });
  expect(scope).toEqual({
    name: 'scope[]',
    in: 'query',
    required: false,
    schema: { type: 'array', items: { type: 'string', enum: ['running', 'failed'] } },
  });
});

test('a form has texts and lists, no null, and no objects', () => {
  const body = z.strictObject({
    scopes: z.array(z.string()),
    external: flag.optional(),
    id: positiveId.nullish(),
  });
  const form = formSchemaOf(input(body));
  expect(form?.required).toEqual(['scopes[]']);
  expect(form?.properties?.['scopes[]']).toEqual({
    type: 'array',
    items: { type: 'string' },
    minItems: 1,
  });
  expect(JSON.stringify(form)).not.toMatch(/"null"|"boolean"/);
  expect(formSchemaOf(input(z.strictObject({ runner: z.strictObject({}) })))).toBeNull();
});

test('an answer that its route does not tell of is found', () => {
  const show = route({
    method: 'get',
    path: '/ports/:id',
    action: 'port.show',
    summary: 'Shows a port.',
    answer: { status: 200, body: z.strictObject({ port: z.int() }) },
    callers: 'user',
    handler: async () => ok({}),
  });
  const misfit = (status: number, text: string, type = 'application/json') =>
    misfitOf(show, status, type, text);
  expect(misfit(200, '{"port":1}')).toBeNull();
  expect(misfit(404, '{"message":"404 Not Found"}')).toBeNull();
  expect(misfit(200, '{"port":1,"more":2}')).toContain('does not fit');
  expect(misfit(404, '{"secret":"x"}')).toContain('does not fit');
  expect(misfit(201, '{"port":1}')).toBe('the status 201 is not documented');
  expect(misfit(409, '{"message":"taken"}')).toBe('the status 409 is not documented');
  expect(misfit(200, '<p>', 'text/html')).toBe('200 is of the type text/html');
});
