/** `wharfpass api`: any request to the REST API, for what no command does. */
import { Command, InvalidArgumentError } from 'commander';
import type { ApiClient, RawAnswer, RawRequest } from './api-client.ts';
import { notWharfpass, refusal } from './api-faults.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { CommandError, EXIT } from './exit-codes.ts';

interface ApiOptions {
  readonly field: readonly (readonly [string, string])[];
  readonly input?: string;
  readonly paginate?: true;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Bytes; the server takes no more. */
const LARGEST_BODY = 65_536;

const EXAMPLES = `
The answer goes to standard output as it came. With a status of 300 or more the exit code says so.

Examples:
  wharfpass api GET /user
  wharfpass api GET projects/acme%2Fapp/members
  wharfpass api GET /projects -f search=app --paginate
  wharfpass api POST /projects/acme%2Fapp/deploy_tokens -f name=k8s -f scopes[]=read_registry
  wharfpass api PUT /projects/acme%2Fapp --input - < project.json
`;

export function apiCommand(context: Context): Command {
  return withExamples(
    new Command('api').description('send any request to the REST API and print its JSON'),
    EXAMPLES,
  )
    .argument('<method>', METHODS.join(', '), method)
    .argument('<path>', 'under /api/v4; names in it URL-encoded')
    .option(
      '-f, --field <key=value>',
      'a field of the body, or of the query of a GET; a[]=1 and a[b]=1 as in a form',
      field,
      [],
    )
    .option('--input <file>', 'the body, JSON; only - for standard input')
    .option('--paginate', 'all pages of a list as one')
    .action(async (verb: string, path: string, options: ApiOptions) => {
      const request = await requestOf(context, { verb, path, options });
      const api = await context.api();
      const answer = options.paginate ? await everyPage(api, request) : await api.send(request);
      conclude(context, answer);
    });
}

function method(text: string): string {
  const upper = text.toUpperCase();
  if (METHODS.includes(upper)) return upper;
  throw new InvalidArgumentError(`It must be one of ${METHODS.join(', ')}.`);
}

function field(
  text: string,
  before: readonly (readonly [string, string])[],
): (readonly [string, string])[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be like name=value.');
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

interface Asked {
  readonly verb: string;
  readonly path: string;
  readonly options: ApiOptions;
}

async function requestOf(context: Context, { verb, path, options }: Asked): Promise<RawRequest> {
  const { field: fields, input, paginate } = options;
  if (/^[a-z]+:\/\//i.test(path)) {
    throw new CommandError(
      EXIT.usage,
      'The path is one under /api/v4; WHARFPASS_URL has the server.',
    );
  }
  if (paginate && verb !== 'GET') throw new CommandError(EXIT.usage, '--paginate goes with GET.');
  const bare = `/${path.replace(/^\/?(api\/v4\/)?/, '')}`;
  const form = new URLSearchParams(
    fields.map(([name, value]): [string, string] => [name, value]),
  ).toString();
  if (input !== undefined) {
    if (input !== '-' || form !== '') {
      throw new CommandError(EXIT.usage, 'It is --input - < file, and without --field.');
    }
    const text = (await context.readInput?.(LARGEST_BODY)) ?? '';
    return { method: verb, path: bare, body: { type: 'application/json', text } };
  }
  if (form === '') return { method: verb, path: bare };
  if (verb === 'GET') {
    return { method: verb, path: `${bare}${bare.includes('?') ? '&' : '?'}${form}` };
  }
  const body = { type: 'application/x-www-form-urlencoded', text: form };
  return { method: verb, path: bare, body };
}

/** The lists of all pages as one; the first answer that is no list is the last. */
async function everyPage(api: ApiClient, request: RawRequest): Promise<RawAnswer> {
  const items: unknown[] = [];
  const mark = request.path.includes('?') ? '&' : '?';
  const asked = new URLSearchParams(request.path.split('?')[1]);
  const more = new URLSearchParams({
    ...(!asked.has('per_page') && { per_page: '100' }),
    // Numbered pages come to an end before a long list does.
    ...(!asked.has('pagination') && !asked.has('page') && { pagination: 'keyset' }),
  }).toString();
  let path: string | null = more === '' ? request.path : `${request.path}${mark}${more}`;
  while (path !== null) {
    const answer: RawAnswer = await api.send({ ...request, path });
    const value = parsed(answer.text);
    if (!Array.isArray(value)) return answer;
    items.push(...(value as unknown[]));
    path = answer.next;
  }
  return { status: 200, text: JSON.stringify(items), next: null };
}

function conclude(context: Context, { status, text }: RawAnswer): void {
  if (text !== '') context.stdout(text.endsWith('\n') ? text : `${text}\n`);
  if (status < 300) return;
  const value = parsed(text);
  throw value === undefined ? notWharfpass('The server', status) : refusal(status, value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
