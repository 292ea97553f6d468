import {
  base64,
  basicHeader,
  each,
  HOST,
  MEGABYTE,
  raw,
  rawGet,
  type Hostile,
} from './raw-request.ts';

const FIELDS: readonly Hostile[] = [
  ['no Host', raw('GET /token HTTP/1.1', [])],
  ['two Hosts', raw('GET /token HTTP/1.1', [HOST, 'Host: evil.example'])],
  ['the same Host twice', raw('GET /token HTTP/1.1', [HOST, HOST])],
  ['a space before the colon', rawGet('', 'Authorization : Basic YTpi')],
  ['a space in a name', rawGet('', 'X Y: 1')],
  ['no colon', rawGet('', 'Authorization')],
  ['no name', rawGet('', ': a')],
  ['a NUL in a name', rawGet('', 'X\0Y: 1')],
  ['a NUL in a value', rawGet('', 'X: a\0b')],
  ['a bare CR in a value', rawGet('', 'X: a\rAuthorization: Basic YTpi')],
  ['a name of other letters', rawGet('', '\xc3\xa4: 1')],
  ['a name from the prototype', rawGet('', '__proto__: 1', 'constructor: 2')],
  ['bare line feeds', `GET /token HTTP/1.1\n${HOST}\n\n`],
  ['one bare line feed', `GET /token HTTP/1.1\r\n${HOST}\n\r\n`],
  ['a folded header', `GET /token HTTP/1.1\r\n${HOST}\r\nAuthorization: Basic\r\n YTpi\r\n\r\n`],
  ['a header of 60,000 bytes', rawGet('', `X: ${'a'.repeat(60_000)}`)],
  ['a header of 70,000 bytes', rawGet('', `X: ${'a'.repeat(70_000)}`)],
  ['a header of a megabyte', rawGet('', `X: ${'a'.repeat(MEGABYTE)}`)],
  ['a name of a megabyte', rawGet('', `${'a'.repeat(MEGABYTE)}: 1`)],
  ['five thousand headers', rawGet('', ...Array.from({ length: 5000 }, (_, i) => `X${i}: 1`))],
  ['a path of 70,000 bytes', raw(`GET /token?scope=${'a'.repeat(70_000)} HTTP/1.1`)],
  ['a path of a megabyte', raw(`GET /token?scope=${'a'.repeat(MEGABYTE)} HTTP/1.1`)],
  ['an unknown expectation', rawGet('', 'Expect: a-pony')],
  ['an upgrade', rawGet('', 'Connection: Upgrade', 'Upgrade: websocket')],
  ['an upgrade to HTTP/2', rawGet('', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c')],
];

const VALUES = [
  '',
  'Basic',
  'Basic ',
  'Basic !!!!',
  'Basic YW Jj',
  'Basic YTpi====',
  'Basic =YTpi',
  'Basic YTpi\tx',
  'Basic\tYTpi',
  'Basic \xc3\xa4',
  'Basic YTpi, Basic YTpi',
  'BasicYTpi',
  `Basic ${base64('no-colon')}`,
  `Basic ${base64('a:\xff\xfe')}`,
  `Basic ${base64('a:\xc3\x28')}`,
  `Basic ${base64('a:\xed\xa0\x80')}`,
  `Basic ${base64('a:b\0c')}`,
  `Basic ${base64('a\0:b')}`,
  `Basic ${base64('a:b\r\nX: 1')}`,
  `Basic ${'A'.repeat(20_000)}`,
  `Basic ${'!'.repeat(10_000)}`,
  'Bearer x',
  'Bearer eyJhbGciOiJub25lIn0.e30.',
  'Negotiate YII=',
  'Digest username="a"',
  '__proto__ YTpi',
];

const SECRETS = [
  'jane:glpat-0123456789',
  `jane:glpat-${'a'.repeat(8900)}`,
  'gitlab-ci-token:glcbt-eyJhbGciOiJub25lIn0.e30.',
  `gitlab-ci-token:glcbt-${'.'.repeat(8000)}`,
  'gitlab-ci-token:glrt-t1_abc',
  'gitlab-ci-token:',
];

const REPEATED: readonly Hostile[] = [
  ['two credentials', rawGet('', basicHeader('a:glpat-1'), basicHeader('b:glpat-2'))],
  ['a credential and nothing', rawGet('', basicHeader('a:glpat-1'), 'Authorization:')],
];

export const HEADERS: readonly Hostile[] = [
  ...FIELDS,
  ...each('Authorization', VALUES, (value) => rawGet('', `Authorization: ${value}`)),
  ...each('credential', SECRETS, (text) => rawGet('', basicHeader(text))),
  ...REPEATED,
];
