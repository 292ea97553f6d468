import { CommandError, EXIT } from './exit-codes.ts';

/** All of a stream as text. A CommandError where it is more than `limit` bytes. */
export async function readInput(
  input: AsyncIterable<Buffer | string>,
  limit: number,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size > limit) {
      throw new CommandError(EXIT.usage, `There are more than ${limit} bytes on standard input.`);
    }
  }
  return Buffer.concat(chunks).toString('utf8');
}
