import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors.ts';

/** Bytes of a token request's form. */
const MAX_BODY = 65_536;

const tooLarge = (): AppError =>
  new AppError('payload_too_large', `The body is over ${MAX_BODY} bytes.`);

/**
 * The body as text. Keeps no more than the limit.
 *
 * @throws AppError `payload_too_large`; `bad_request` where the client went away
 */
export function readBody(req: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const declared = Number(req.headers['content-length'] ?? 0);
    if (declared > MAX_BODY) return reject(tooLarge());
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // The rest is read and dropped: closing with unread bytes would reset the connection before the answer arrives.
      if (size > MAX_BODY) reject(tooLarge());
      else chunks.push(chunk);
    });
    req.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    const gone = (): void => reject(new AppError('bad_request', 'The request broke off.'));
    req.on('error', gone);
    req.on('close', gone);
  });
}
