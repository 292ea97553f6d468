/** One route as an operation of the document. */
import type { Route } from '../route.ts';
import { answersOf, type DocumentedAnswer } from './answers.ts';
import { exampleOf } from './example.ts';
import { formSchemaOf } from './form-schema.ts';
import { toJsonSchema, type Components, type JsonSchema } from './json-schema.ts';
import { parametersOf, type Parameter } from './parameters.ts';

export interface MediaType {
  readonly schema: JsonSchema;
  readonly example?: unknown;
}
export type Content = Readonly<Record<string, MediaType>>;

export interface Reference {
  readonly $ref: string;
}
export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Reference>>;
  readonly content?: Content;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly [string];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  /** Any of these opens it; absent: every token does, or scopes have no part in it. */
  readonly 'x-scopes'?: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Response | Reference>>;
}

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Parts of a path that say of which of two lists or objects it is. */
const WHICH = ['all', 'self', 'subgroups', 'descendant_groups'];

/**
 * `projectShow`, `memberListGroupAll`: of the action, and of what tells apart the routes that share one. Depends on
 * nothing but the route itself, so that no new route changes the name of another.
 */
export function operationIdOf({ action, path }: Route): string {
  const [resource = '', verb = ''] = action.split('.');
  const segments = path.split('/');
  const place =
    ['group', 'user'].find((word) => segments[1] === `${word}s` && word !== resource) ?? '';
  const which = WHICH.find((word) => segments.includes(word)) ?? '';
  const words = [resource, verb, place, which === verb ? '' : which].join('_').split('_');
  const [first = '', ...rest] = words.filter((word) => word !== '');
  return first + rest.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('');
}

const USER_SCHEMES = ['privateToken', 'bearer'];
const SCHEMES = { user: USER_SCHEMES, job: ['jobToken'], either: [...USER_SCHEMES, 'jobToken'] };

const CREDENTIALS = {
  user: 'a personal access token',
  job: 'the token of a running job',
  either: 'a personal access token, or the token of a running job',
};

function describe({ callers, scopes, who }: Route): string {
  const scope =
    callers === 'job'
      ? ''
      : scopes === 'any'
        ? ' Any scope will do.'
        : ` Scope: ${scopes.map((each) => `\`${each}\``).join(' or ')}.`;
  return `${who === undefined ? '' : `Who may: ${who}. `}Credential: ${CREDENTIALS[callers]}.${scope}`;
}

function requestBodyOf({ body }: Route, components: Components): Operation['requestBody'] {
  const schema = toJsonSchema(body, 'input', components);
  const { required = [], anyOf, oneOf, minProperties = 0 } = schema;
  const rules = (anyOf ?? oneOf) !== undefined;
  if (Object.keys(schema.properties ?? {}).length === 0 && !rules) return undefined;
  const { examples: _, ...shown } = schema;
  const form = formSchemaOf(shown);
  return {
    required: required.length + minProperties > 0 || rules,
    content: {
      [JSON_TYPE]: { schema: shown, example: exampleOf(schema, components) },
      ...(form !== null && { [FORM_TYPE]: { schema: form } }),
    },
  };
}

export function responseOf(answer: DocumentedAnswer, components: Components): Response {
  const { description, body, also, headers } = answer;
  const refs = headers.map((name) => [name, { $ref: `#/components/headers/${name}` }] as const);
  const shown = { description, headers: Object.fromEntries(refs) };
  if (body === null) return shown;
  const schema = toJsonSchema(body, 'output', components);
  const json = { schema, example: exampleOf(schema, components) };
  const text = also && { [also]: { schema: { type: 'string' } } };
  return { ...shown, content: { [JSON_TYPE]: json, ...text } };
}

/** Projects and groups are named alike, and the example of both is a project's path. */
function ofGroup({ path }: Route, parameter: Parameter): Parameter {
  const group = path.startsWith('/groups/:id') && parameter.name === 'id';
  return group ? { ...parameter, example: 'acme' } : parameter;
}

/** @param tag under which people find it */
export function operationOf(route: Route, tag: string, components: Components): Operation {
  const [success, ...faults] = answersOf(route);
  const refs = faults.map(
    ({ status }) => [status, { $ref: `#/components/responses/${status}` }] as const,
  );
  const requestBody = requestBodyOf(route, components);
  const { scopes } = route;
  return {
    operationId: operationIdOf(route),
    summary: route.summary,
    description: describe(route),
    tags: [tag],
    security: SCHEMES[route.callers].map((name) => ({ [name]: [] })),
    ...(scopes !== 'any' && route.callers !== 'job' && { 'x-scopes': scopes }),
    parameters: [
      ...parametersOf('path', route.params, components).map((each) => ofGroup(route, each)),
      ...parametersOf('query', route.query, components),
    ],
    ...(requestBody !== undefined && { requestBody }),
    responses: {
      ...(success && { [success.status]: responseOf(success, components) }),
      ...Object.fromEntries(refs),
    },
  };
}
