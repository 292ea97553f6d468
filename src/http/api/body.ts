import type { IncomingMessage } from 'node:http';
import { AppError } from '../../errors.ts';
import { readBody } from '../read-body.ts';
import { decodeForm, nestFields } from './form.ts';
import { decodeMultipart } from './multipart.ts';

const TYPES =
  /^(application\/json|application\/x-www-form-urlencoded)\s*(;\s*charset="?utf-8"?\s*)?$/i;
const MULTIPART = /^multipart\/form-data\s*;/i;

/** `unsupported`: a media type or encoding that the API does not take (415). */
export type Body =
  { readonly kind: 'fields'; readonly fields: unknown } | { readonly kind: 'unsupported' };

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new AppError('bad_request', 'the body is not valid JSON');
  }
}

/**
 * The named values that a request brings: JSON or a form of either kind, at most 64 KiB. An empty body is one without fields.
 *
 * @param limit bytes; default 64 KiB
 * @throws AppError `bad_request` or `payload_too_large`
 */
export async function readFields(req: IncomingMessage, limit?: number): Promise<Body> {
  const text = await readBody(req, limit);
  if (text === '') return { kind: 'fields', fields: {} };
  const type = req.headers['content-type'] ?? '';
  if (req.headers['content-encoding'] !== undefined) return { kind: 'unsupported' };
  if (MULTIPART.test(type)) {
    return { kind: 'fields', fields: nestFields(await decodeMultipart(text, type)) };
  }
  const match = TYPES.exec(type);
  if (match === null) return { kind: 'unsupported' };
  const json = match[1]?.toLowerCase() === 'application/json';
  return { kind: 'fields', fields: json ? parseJson(text) : decodeForm(text) };
}
