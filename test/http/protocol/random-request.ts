/** Random requests to paths near the token endpoint's, as bytes. */
import fc from 'fast-check';
import {
  METHODS,
  PATHS,
  PIECES,
  SCOPES,
  SECRETS,
  NAMES,
  MORE,
  VALUES,
  HEADERS,
  FORM,
  TYPES,
} from './pieces.ts';

export interface RandomRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly body: string;
  /** Nothing about it is as HTTP wants it. */
  readonly noise: string | null;
}

const pick = <T>(values: readonly T[]) => fc.constantFrom(...values);

/** The first three times as often as all others together: most has to be right for the rest to be read. */
const mostly = <T>([first, ...others]: readonly [T, ...T[]]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(first) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const text = fc.oneof(pick(VALUES), pick(SCOPES), fc.string({ unit: 'binary', maxLength: 40 }));

const parameters = fc
  .array(fc.tuple(pick([...NAMES, ...MORE]), text), { maxLength: 8 })
  .map((pairs) => pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&'));

/** Around the bounds, which are 64 KiB for the headers and for a form. */
const filler = (rarity: number) =>
  fc.oneof(
    { weight: rarity, arbitrary: fc.constant('') },
    {
      weight: 1,
      arbitrary: pick([100, 9_000, 60_000, 66_000, 90_000]).map((size) => 'n'.repeat(size)),
    },
  );

const query = fc.oneof(
  fc.tuple(parameters, filler(15)).map(([some, noise]) => `${some}&n=${noise}`),
  fc.string({ unit: 'binary-ascii', maxLength: 60 }).map((noise) => noise.replace(/[\r\n]/g, '')),
);

const target = fc
  .tuple(pick(PATHS), mostly(['', ...PIECES]), fc.option(query))
  .map(([path, piece, asked]) => `${path}${piece}${asked === null ? '' : `?${asked}`}`);

const base64 = (words: string): string => Buffer.from(words).toString('base64');
const basic = fc
  .tuple(pick(['jane', '', '<token>', 'gitlab-ci-token', 'ä']), pick(SECRETS))
  .map(([username, secret]) => `Authorization: Basic ${base64(`${username}:${secret}`)}`);

const few = fc.oneof(fc.constant<string[]>([]), fc.array(pick(HEADERS), { maxLength: 3 }));

const headers = fc
  .tuple(fc.option(basic), mostly([FORM, ...TYPES]), few, filler(15))
  .map(([login, type, others, noise]) => [
    ...(login === null ? [] : [login]),
    `Content-Type: ${type}`,
    ...others,
    `X-Noise: ${noise}`,
  ]);

const form = fc
  .tuple(
    mostly(['', 'scope=repository:acme/open:pull', 'service=unknown', 'client_id=x']),
    parameters,
  )
  .map(([own, rest]) => `grant_type=password&username=jane&password=glpat-0&${own}&n=${rest}`);

const body = fc
  .tuple(fc.oneof(parameters, form, fc.string({ unit: 'binary' })), filler(2))
  .map(([some, noise]) => `${some}${noise}`);

const wild = fc.oneof(
  { weight: 15, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: 'binary', minLength: 1 })
      // Empty lines alone are the beginning of a request, for whose end a server waits.
      .filter((words) => /[^\r\n]/.test(words))
      .map((words) => `${words}\r\n\r\n`),
  },
);

export const randomRequest: fc.Arbitrary<RandomRequest> = fc
  .record({ method: pick(METHODS), target, headers, body, noise: wild })
  // A GET may have a body as well, and mostly has none.
  .map((request) => (request.method === 'GET' ? { ...request, body: '' } : request));

export function bytesOf({
  method,
  target: path,
  headers: lines,
  body: sent,
  noise,
}: RandomRequest) {
  if (noise !== null) return Buffer.from(noise);
  const bytes = Buffer.from(sent);
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: registry.example',
    ...lines,
    'Connection: close',
    ...(bytes.length > 0 ? [`Content-Length: ${bytes.length}`] : []),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}
