const SIZE = 32;
const SEQUENCE = 0x30;
const INTEGER = 0x02;

/**
 * Turns a P-256 signature from DER, `SEQUENCE { r INTEGER, s INTEGER }`, into the r‖s of 64 bytes that JWS wants
 * (RFC 7518 section 3.4). Node can do so itself (`ieee-p1363`), but some versions take three times as long as for DER.
 */
export function rawSignature(der: Buffer): Buffer {
  // 2 * (2 + 33) + 2 bytes at most, so every length fits in one byte.
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2) throw new RangeError('no ECDSA signature');
  const raw = Buffer.alloc(SIZE * 2);
  const end = copyInteger(der, 2, raw, 0);
  if (copyInteger(der, end, raw, SIZE) !== der.length) throw new RangeError('no ECDSA signature');
  return raw;
}

/** Right-aligns the INTEGER at `at` in the 32 bytes from `target` on. Gives where the next one starts. */
function copyInteger(der: Buffer, at: number, raw: Buffer, target: number): number {
  const length = der[at + 1] ?? 0;
  const end = at + 2 + length;
  // A leading zero keeps the number positive and is no part of it.
  const start = at + 2 + (length === SIZE + 1 && der[at + 2] === 0 ? 1 : 0);
  if (der[at] !== INTEGER || length === 0 || end > der.length || end - start > SIZE) {
    throw new RangeError('no ECDSA signature');
  }
  der.copy(raw, target + SIZE - (end - start), start, end);
  return end;
}
