import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors.ts';

/** Bytes of a token request's form. */
const FORM = 65_536;

const tooLarge = (limit: number): AppError =>
  new AppError('payload_too_large', `The body is over ${limit} bytes.`);

/**
 * The body as text. Keeps no more than the limit.
 *
 * @param limit bytes
 * @throws AppError `payload_too_large`; `bad_request` where the client went away
 */
export function readBody(req: IncomingMessage, limit = FORM): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const declared = Number(req.headers['content-length'] ?? 0);
    if (declared > limit) return reject(tooLarge(limit));
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // The rest is read and dropped: closing with unread bytes would reset the connection before the answer arrives.
      if (size > limit) reject(tooLarge(limit));
      else chunks.push(chunk);
    });
    req.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    const gone = (): void => reject(new AppError('bad_request', 'The request broke off.'));
    req.on('error', gone);
    req.on('close', gone);
  });
}
