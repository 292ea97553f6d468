/** Everything that a route may answer with. */
import { z } from 'zod';
import type { Route } from '../route.ts';

export interface DocumentedAnswer {
  readonly status: number;
  readonly description: string;
  /** null: no body. */
  readonly body: z.ZodType | null;
  /** The same as text of another type. */
  readonly also?: string;
  readonly headers: readonly string[];
}

const message = z
  .strictObject({ message: z.string().meta({ example: '404 Project Not Found' }) })
  .meta({ id: 'Message', description: 'What went wrong, as GitLab words it.' });

const error = z
  .strictObject({ error: z.string().meta({ example: 'name is missing' }) })
  .meta({ id: 'Error', description: 'What is wrong with the request. Repeats no value of it.' });

const insufficientScope = z
  .strictObject({
    error: z.literal('insufficient_scope'),
    error_description: z.string().meta({
      example: 'The request requires higher privileges than provided by the access token.',
    }),
    scope: z.string().meta({ description: 'Any of these would do.', example: 'api read_api' }),
  })
  .meta({ id: 'InsufficientScope' });

type Fault = Omit<DocumentedAnswer, 'headers'> & { readonly headers?: readonly string[] };

const FAULTS: readonly Fault[] = [
  { status: 400, description: 'A value is missing, wrong or unknown.', body: error },
  {
    status: 401,
    description: 'No credential, or none that is good here.',
    body: message,
    headers: ['WWW-Authenticate'],
  },
  {
    status: 403,
    description:
      'The scopes of the token do not open the route, or the role of its user is too low.',
    body: z.union([message, insufficientScope]),
  },
  {
    status: 404,
    description: 'There is none, or none that the caller may see.',
    body: z.union([message, error]),
  },
  {
    status: 405,
    description: 'Not for a token of this kind, or the list has no such pagination.',
    body: message,
  },
  { status: 409, description: 'It exists already, or what it is in forbids it.', body: message },
  {
    status: 413,
    description: 'The body is larger than the route takes: 64 KiB for most.',
    body: message,
  },
  {
    status: 415,
    description: 'The body is neither JSON nor a form, or is compressed.',
    body: error,
  },
  {
    status: 429,
    description: 'Too many requests by this token, or too many wrong ones from this address.',
    body: message,
    headers: ['Retry-After'],
  },
  { status: 500, description: 'A fault of the server; its log has the cause.', body: message },
  {
    status: 503,
    description: 'The server cannot reach its data. Nothing was changed or acknowledged.',
    body: message,
    headers: ['Retry-After'],
  },
];

export const ERROR_ANSWERS: readonly DocumentedAnswer[] = FAULTS.map(
  ({ headers = [], ...fault }) => ({
    ...fault,
    headers: ['X-Request-Id', ...headers],
  }),
);

const PAGINATION = [
  'Link',
  'X-Total',
  'X-Total-Pages',
  'X-Page',
  'X-Per-Page',
  'X-Next-Page',
  'X-Prev-Page',
];

const isPaged = ({ query }: Route): boolean =>
  query instanceof z.ZodObject && Object.hasOwn(query.shape, 'page');

const DONE: Readonly<Record<number, string>> = {
  200: 'Done.',
  201: 'Made.',
  202: 'Done; GitLab would still be at it.',
  204: 'Done. There is nothing to say.',
};

/** Whether a route of its kind may answer so. Rather one too many than one that nobody was told of. */
function mayAnswer(route: Route, status: number): boolean {
  const { method, callers } = route;
  if (status === 405) return callers === 'either' || isPaged(route);
  return method !== 'get' || ![409, 413, 415].includes(status);
}

export function answersOf(route: Route): readonly DocumentedAnswer[] {
  const { status, body, also } = route.answer;
  const success: DocumentedAnswer = {
    status,
    description: DONE[status] ?? 'Done.',
    body,
    ...(also !== undefined && { also }),
    headers: ['X-Request-Id', ...(isPaged(route) ? PAGINATION : [])],
  };
  return [success, ...ERROR_ANSWERS.filter((fault) => mayAnswer(route, fault.status))];
}
