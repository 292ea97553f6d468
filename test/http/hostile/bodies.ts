import { each, HOST, MEGABYTE, raw, rawPost, type Hostile } from './raw-request.ts';

const FORMS = [
  '',
  'grant_type=',
  'grant_type=unknown',
  'grant_type=client_credentials',
  'grant_type=authorization_code',
  'grant_type=__proto__',
  'grant_type=constructor',
  'grant_type=PASSWORD',
  'grant_type[]=password',
  'grant_type=password',
  'grant_type=password&username=a',
  'grant_type=password&password=a',
  'grant_type=password&grant_type=password',
  'grant_type=refresh_token',
  'grant_type=refresh_token&refresh_token=x',
  'grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=x',
  'grant_type=password&username=a&username=b&password=c',
  'grant_type=password&username=a&password=b&password=c',
  'grant_type=password&username=a&password[$ne]=',
  'grant_type=password&username[]=a&password[]=b',
  'grant_type=password&username=a&password=glpat-x&service=a&service=b',
  'grant_type=password&username=a&password=glpat-x&service=unknown',
  'grant_type=password&username=a%00b&password=b',
  'grant_type=password&username=%ff&password=%fe',
  'grant_type=password&username=a&password=b%00',
  'grant_type=password&username=a&password=b%0d%0ac',
  `grant_type=password&username=${'a'.repeat(30_000)}&password=glpat-${'b'.repeat(30_000)}`,
  '&'.repeat(60_000),
  'a=b&'.repeat(15_000),
  '\xff\xfe\x00',
  'a'.repeat(65_537),
  'a'.repeat(MEGABYTE),
];

const TYPES: readonly Hostile[] = [
  [
    'JSON',
    rawPost('{"grant_type":"password","__proto__":{"a":1}}', 'Content-Type: application/json'),
  ],
  ['a megabyte of JSON', rawPost('['.repeat(MEGABYTE), 'Content-Type: application/json')],
  [
    'XML',
    rawPost('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>', 'Content-Type: text/xml'),
  ],
  ['multipart', rawPost('--b\r\n\r\n--b--', 'Content-Type: multipart/form-data; boundary=b')],
  ['no type', raw('POST /token HTTP/1.1', [HOST, 'Content-Length: 1'], 'a')],
  ['no body at all', raw('POST /token HTTP/1.1')],
  ['compressed', rawPost('\x1f\x8b\x08\x00', 'Content-Encoding: gzip')],
];

const LENGTHS = ['-1', '+19', '0x13', '1e1', '19 19', '19, 19', '', '99999999999999999999'];
const CODINGS = [
  'xchunked',
  'chunked, identity',
  'identity',
  'chunked chunked',
  '\x0bchunked',
  'gzip',
];
const CHUNK_SIZES = ['-1', 'z', '0x5', '', 'fffffffffffffffff', '5 '];

const FORM = 'grant_type=password';
const CHUNKED = 'Transfer-Encoding: chunked';
const KILOBYTES = `3e8\r\n${'a'.repeat(1000)}\r\n`.repeat(1000);
const SECOND_REQUEST = `0\r\n\r\nGET /token HTTP/1.1\r\n${HOST}\r\n\r\n`;

const FRAMING: readonly Hostile[] = [
  ['two lengths', rawPost(FORM, 'Content-Length: 19', 'Content-Length: 20')],
  ['the same length twice', rawPost(FORM, 'Content-Length: 19', 'Content-Length: 19')],
  ['length and chunks', rawPost('0\r\n\r\n', 'Content-Length: 5', CHUNKED)],
  ['chunks and length', rawPost('0\r\n\r\n', CHUNKED, 'Content-Length: 5')],
  ['two codings', rawPost('0\r\n\r\n', CHUNKED, 'Transfer-Encoding: identity')],
  ['a megabyte in chunks', rawPost(`${KILOBYTES}0\r\n\r\n`, CHUNKED)],
  ['a long chunk extension', rawPost(`1;${'a'.repeat(100_000)}\r\na\r\n0\r\n\r\n`, CHUNKED)],
  ['a megabyte announced and none sent', rawPost('', `Content-Length: ${MEGABYTE}`)],
  [
    'a smuggled request',
    rawPost(SECOND_REQUEST, 'Transfer-Encoding : chunked', 'Content-Length: 5'),
  ],
];

export const BODIES: readonly Hostile[] = [
  ...each('form', FORMS, (form) => rawPost(form)),
  ...TYPES,
  ...each('length', LENGTHS, (length) => rawPost(FORM, `Content-Length: ${length}`)),
  ...each('coding', CODINGS, (coding) => rawPost('0\r\n\r\n', `Transfer-Encoding: ${coding}`)),
  ...each('chunk size', CHUNK_SIZES, (size) => rawPost(`${size}\r\nabcde\r\n0\r\n\r\n`, CHUNKED)),
  ...FRAMING,
];
