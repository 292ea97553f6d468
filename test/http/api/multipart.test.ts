import { expect, test } from '@jest/globals';
import { decodeMultipart } from '../../../src/http/api/multipart.ts';

const TYPE = 'multipart/form-data; boundary=x';
const part = (name: string, value: string, more = '') =>
  `--x\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;

test('texts come in the order in which they stand', async () => {
  const body = `${part('name', 'Jane Doé')}${part('scopes[]', 'a\nb')}${part('name', '')}--x--\r\n`;
  expect(await decodeMultipart(body, TYPE)).toEqual([
    ['name', 'Jane Doé'],
    ['scopes[]', 'a\nb'],
    ['name', ''],
  ]);
  expect(await decodeMultipart('--x--\r\n', TYPE)).toEqual([]);
});

test('a file is refused', async () => {
  const body = `${part('avatar', 'GIF89a', '; filename="a.gif"')}--x--\r\n`;
  await expect(decodeMultipart(body, TYPE)).rejects.toThrow('holds a file');
});

test.each([
  ['not a form at all', TYPE],
  [part('name', 'v'), TYPE],
  [`${part('name', 'v')}--x--\r\n`, 'multipart/form-data; boundary=y'],
  [`${part('name', 'v')}--x--\r\n`, 'multipart/form-data'],
  ['--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--\r\n', TYPE],
])('%j is malformed as %s', async (body, type) => {
  await expect(decodeMultipart(body, type)).rejects.toMatchObject({
    code: 'bad_request',
    message: 'the body is not valid multipart/form-data',
  });
});

test('T15 T35: 64 KiB of the worst is decoded or refused at once', async () => {
  const head = '--x\r\nContent-Disposition: form-data; name="';
  for (const piece of ['--x\r\n', '-', '\r\n', part('a', 'v'), `${head}${'%22'.repeat(99)}`]) {
    const body = piece.repeat(65_536 / piece.length);
    const before = performance.now();
    await decodeMultipart(body, TYPE).catch(() => undefined);
    expect(performance.now() - before).toBeLessThan(500);
  }
});
