import { AppError } from '../../errors.ts';

/**
 * The named texts of a multipart/form-data body (RFC 7578), as clients send them that could send a file too.
 *
 * @param contentType with its boundary
 * @throws AppError `bad_request` for a body that is malformed, or holds a file
 */
export async function decodeMultipart(
  body: string,
  contentType: string,
): Promise<(readonly [name: string, value: string])[]> {
  const headers = { 'content-type': contentType };
  const parts = await new Response(body, { headers }).formData().catch(() => {
    throw new AppError('bad_request', 'the body is not valid multipart/form-data');
  });
  return [...parts].map(([name, value]) => {
    if (typeof value === 'string') return [name, value] as const;
    throw new AppError('bad_request', 'the body holds a file, and no route takes one');
  });
}
