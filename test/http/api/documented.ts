/** Holds every answer of the API that a test sees against what its route says that it answers. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { answersOf } from '../../../src/http/api/openapi/answers.ts';
import type { Route } from '../../../src/http/api/route.ts';

const BASE = '/api/v4';

const pathPattern = (path: string): RegExp => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}/?$`);

/** As the router finds it: the first path that fits decides, and a method that it lacks is a 405. */
function createFind(routes: readonly Route[]) {
  const known = routes.map((route) => ({ route, pattern: pathPattern(route.path) }));
  return ({ url = '', method = '' }: IncomingMessage): Route | undefined => {
    const [path = ''] = url.split('?');
    if (!path.startsWith(BASE)) return undefined;
    const first = known.find(({ pattern }) => pattern.test(path.slice(BASE.length)));
    const here = known.filter(({ route }) => route.path === first?.route.path);
    return here.find(({ route }) => route.method === method.toLowerCase())?.route;
  };
}

/** null: the answer is one that the route tells of. */
export function misfitOf(route: Route, status: number, type: string, text: string): string | null {
  const answer = answersOf(route).find((each) => each.status === status);
  if (answer === undefined) return `the status ${status} is not documented`;
  if (answer.body === null) return text === '' ? null : `${status} has a body`;
  if (answer.also !== undefined && type.startsWith(answer.also)) return null;
  if (!type.startsWith('application/json')) return `${status} is of the type ${type}`;
  const { error } = answer.body.safeParse(JSON.parse(text));
  return error === undefined ? null : `${status} does not fit: ${JSON.stringify(error.issues)}`;
}

/** Calls back with the whole body once the answer is out. */
function watch(res: ServerResponse, done: (text: string) => void): void {
  const chunks: Buffer[] = [];
  const [write, end] = [res.write, res.end];
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  res.write = ((...args: Parameters<typeof write>) => {
    keep(args[0]);
    return write.apply(res, args);
  }) as typeof write;
  res.end = ((...args: Parameters<typeof end>) => {
    keep(args[0]);
    done(Buffer.concat(chunks).toString('utf8'));
    return end.apply(res, args);
  }) as typeof end;
}

/** @param misfits takes what is wrong with answers */
export function holdToDocument(
  app: RequestListener,
  routes: readonly Route[],
  misfits: string[],
): RequestListener {
  const find = createFind(routes);
  return (req, res) => {
    const route = find(req);
    if (route !== undefined) {
      watch(res, (text) => {
        const type = String(res.getHeader('Content-Type') ?? '');
        const misfit = misfitOf(route, res.statusCode, type, text);
        if (misfit !== null) misfits.push(`${route.method} ${route.path}: ${misfit}`);
      });
    }
    app(req, res);
  };
}
