import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { rawSignature } from '../../src/signing/ecdsa-signature.ts';

const integer = (bytes: number[]) => [2, bytes.length, ...bytes];
const der = (r: number[], s: number[]) => {
  const body = [...integer(r), ...integer(s)];
  return Buffer.from([0x30, body.length, ...body]);
};

describe('rawSignature', () => {
  test('every signature verifies in its raw form, short r and s included', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    let short = 0;
    // 70 to 72 bytes are usual; about one in 500 has a short r or s. It goes on until it has seen two of them.
    for (let round = 0; round < 300 || short < 2; round += 1) {
      const data = Buffer.from(`message ${round}`);
      const signature = sign('sha256', data, privateKey);
      if (signature.length < 70) short += 1;
      const raw = rawSignature(signature);
      expect(raw).toHaveLength(64);
      expect(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw)).toBe(true);
    }
  });

  test('pads a short number on the left and drops the sign byte', () => {
    const raw = rawSignature(der([1], [0, ...Array.from({ length: 32 }, () => 0xff)]));
    expect(raw.toString('hex')).toBe(`${'00'.repeat(31)}01${'ff'.repeat(32)}`);
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a raw signature', Buffer.alloc(64, 7)],
    [
      'a number of 34 bytes',
      der(
        Array.from({ length: 34 }, () => 1),
        [1],
      ),
    ],
    [
      'a number of 33 bytes that is no sign byte',
      der(
        Array.from({ length: 33 }, () => 1),
        [1],
      ),
    ],
    ['an empty number', der([], [1])],
    ['bytes after the end', Buffer.concat([der([1], [1]), Buffer.from([0])])],
    ['a length past the end', Buffer.from([0x30, 6, 2, 9, 1, 2, 1, 1])],
    ['a third number', Buffer.from([0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1])],
  ])('refuses %s', (_, bytes) => {
    expect(() => rawSignature(bytes)).toThrow(RangeError);
  });
});
