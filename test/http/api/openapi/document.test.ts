import { describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { z } from 'zod';
import { createDocument } from '../../../../src/http/api/openapi/document.ts';
import type { Operation, Response } from '../../../../src/http/api/openapi/operation.ts';
import { API_ROUTES } from '../../../../src/http/api/routes.ts';

const document = createDocument(API_ROUTES, '1.2.3');

const operationOf = ({ method, path }: (typeof API_ROUTES)[number]): Operation => {
  const operation = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method];
  if (operation === undefined) throw new Error(`${method} ${path} is not in the document`);
  return operation;
};

const routes = API_ROUTES.map(
  (route) => [`${route.method.toUpperCase()} ${route.path}`, route, operationOf(route)] as const,
);

const fits = (schema: z.ZodType, value: unknown) => {
  const result = schema.safeParse(value);
  expect(result.error?.issues ?? []).toEqual([]);
};

test('the document is a valid OpenAPI 3.1', async () => {
  const copy = JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
  const result = await new Validator().validate(copy);
  expect(result).toEqual({ valid: true });
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(document.info.version).toBe('1.2.3');
});

test('no two operations have one id, and all references lead somewhere', () => {
  const ids = routes.map(([, , { operationId }]) => operationId);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
  const text = JSON.stringify(document);
  for (const [, part = '', name = ''] of text.matchAll(
    /"\$ref":"#\/components\/(\w+)\/([^"]+)"/g,
  )) {
    expect(Object.keys(document.components[part as 'schemas'])).toContain(name);
  }
  expect(text.match(/"\$ref":"/g)?.length).toBe(text.match(/"\$ref":"#\/components\//g)?.length);
});

describe.each(routes)('%s', (_name, route, operation) => {
  test('says what it does, for whom, and with which scope', () => {
    expect(operation.summary).toMatch(/^[A-Z].{8,100}\.$/);
    expect(operation.tags).toHaveLength(1);
    expect(document.tags).toContainEqual({ name: operation.tags[0] });
    const schemes = operation.security.flatMap((each) => Object.keys(each));
    expect(schemes.includes('jobToken')).toBe(route.callers !== 'user');
    expect(schemes.includes('privateToken')).toBe(route.callers !== 'job');
    for (const scope of operation['x-scopes'] ?? []) {
      expect(operation.description).toContain(`\`${scope}\``);
    }
  });

  test('its parameters are those of the path, and examples of them fit', () => {
    const named = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
    const inPath = operation.parameters.filter((each) => each.in === 'path');
    expect(inPath.map(({ name }) => name)).toEqual(named);
    fits(
      route.params,
      Object.fromEntries(inPath.map(({ name, example }) => [name, String(example)])),
    );
    const query = operation.parameters.filter((each) => each.in === 'query' && each.required);
    const needed = Object.fromEntries(query.map(({ name, example }) => [name, example]));
    for (const { name, example, required, in: place } of operation.parameters) {
      expect(required && example === undefined).toBe(false);
      if (place !== 'query' || example === undefined) continue;
      const value: unknown = Array.isArray(example)
        ? example.map(String)
        : (example as string | number | boolean).toString();
      fits(route.query, { ...needed, [name.replace('[]', '')]: value });
    }
  });

  test('the example of its body fits', () => {
    if (operation.requestBody === undefined) {
      fits(route.body, {});
      return;
    }
    const { content } = operation.requestBody;
    fits(route.body, content['application/json']?.example);
    if (!operation.requestBody.required) fits(route.body, {});
  });

  test('the example of its answer fits', () => {
    const { status, body } = route.answer;
    const success = operation.responses[status] as Response;
    if (body === null) expect(success.content).toBeUndefined();
    else fits(body, success.content?.['application/json']?.example);
    for (const name of ['400', '401', '403', '404', '429', '500', '503']) {
      expect(Object.keys(operation.responses)).toContain(name);
    }
  });
});
