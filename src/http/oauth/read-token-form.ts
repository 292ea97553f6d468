import type { IncomingMessage } from 'node:http';
import { Secret } from '../../credential/secret.ts';
import { AppError } from '../../errors.ts';
import { readParameters } from '../parameters.ts';
import { readBody } from '../read-body.ts';

const FORM = 'application/x-www-form-urlencoded';

/**
 * The `token` of a form; `token_type_hint` may stand beside it and helps nobody, since a token says by itself what it
 * is (RFC 7009, section 2.1; RFC 7662, section 2.1).
 *
 * @throws AppError `bad_request` for anything but a form with one token, `payload_too_large`
 */
export async function readTokenForm(req: IncomingMessage): Promise<Secret> {
  const type = (req.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== FORM) throw new AppError('bad_request', `The body must be ${FORM}.`);
  const token = readParameters(await readBody(req)).one('token');
  if (token === null) throw new AppError('bad_request', 'The parameter token is missing.');
  return new Secret(token);
}
