/** The OpenAPI 3.1 document of the REST API, from the list of routes. */
import type { Route } from '../route.ts';
import { ERROR_ANSWERS } from './answers.ts';
import type { Components, JsonSchema } from './json-schema.ts';
import { operationOf, responseOf, type Operation, type Response } from './operation.ts';
import { tagOf } from './tags.ts';

export type PathItem = Readonly<Partial<Record<Route['method'], Operation>>>;

export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: Readonly<Record<string, unknown>> & { readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, Response>>;
    readonly headers: typeof HEADERS;
    readonly securitySchemes: typeof SECURITY_SCHEMES;
  };
}

const DESCRIPTION = `The REST API of wharfpass, in the shape of GitLab's.

A request carries exactly one credential, in a header. Numbers and booleans are taken as text too, since forms and
queries have nothing else; a body may be \`multipart/form-data\` without files as well. A field or parameter that a route
does not have is refused by its name. A path of a project or group stands URL-encoded where its number may stand
(\`acme%2Fapp\`). A path that has other methods answers 405 and names them in \`Allow\`.

A role is the least that will do, and administrators count as Owner everywhere.`;

const SECURITY_SCHEMES = {
  privateToken: {
    type: 'apiKey',
    in: 'header',
    name: 'PRIVATE-TOKEN',
    description: 'A personal access token.',
  },
  bearer: { type: 'http', scheme: 'bearer', description: 'A personal access token.' },
  jobToken: {
    type: 'apiKey',
    in: 'header',
    name: 'JOB-TOKEN',
    description: 'The token of a running job.',
  },
} as const;

const header = (description: string, type: 'string' | 'integer' = 'string') => ({
  description,
  schema: { type },
});

const HEADERS = {
  'X-Request-Id': header('Leads to the line in the log of the server.'),
  'WWW-Authenticate': header('RFC 6750.'),
  'Retry-After': header('Seconds after which another try may do.', 'integer'),
  Link: header('Pages of the list: `first`, `prev`, `next`, `last` (RFC 8288), as far as known.'),
  'X-Total': header('Entries of the whole list, where that is known.', 'integer'),
  'X-Total-Pages': header('Pages of the whole list, where that is known.', 'integer'),
  'X-Page': header('This page.', 'integer'),
  'X-Per-Page': header('Entries of a page.', 'integer'),
  'X-Next-Page': header('The next page; empty where there is none.'),
  'X-Prev-Page': header('The page before; empty where there is none.'),
} as const;

/** `/projects/:id` → `/projects/{id}`. */
const templateOf = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

function pathsOf(routes: readonly Route[], components: Components): OpenApiDocument['paths'] {
  const paths: Record<string, Partial<Record<Route['method'], Operation>>> = {};
  for (const route of routes) {
    const item = (paths[templateOf(route.path)] ??= {});
    item[route.method] = operationOf(route, tagOf(route), components);
  }
  return paths;
}

/** @param version of the package */
export function createDocument(routes: readonly Route[], version: string): OpenApiDocument {
  const components: Components = new Map();
  const paths = pathsOf(routes, components);
  const responses = Object.fromEntries(
    ERROR_ANSWERS.map((answer) => [answer.status, responseOf(answer, components)]),
  );
  return {
    openapi: '3.1.1',
    info: {
      title: 'wharfpass',
      version,
      summary: 'The token server for container registries.',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v4' }],
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries([...components].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      responses,
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}
