/** Which of a Cluster's 16,384 slots a partition lies in. */
import type { Partition } from '../keys.ts';

const SLOTS = 16_384;
const POLYNOMIAL = 0x1021;

/** CRC-16/XMODEM of the text between the braces of a key, which is the partition's name (Cluster specification). */
export function slotOf(partition: Partition): number {
  let crc = 0;
  for (const byte of Buffer.from(partition)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL;
    }
    crc &= 0xffff;
  }
  return crc % SLOTS;
}
