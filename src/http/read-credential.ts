import { anonymous, type Credential } from '../credential/credential.ts';
import { Secret } from '../credential/secret.ts';
import { AppError } from '../errors.ts';

/** Bytes of an Authorization header; the longest secret is a job token of 8 KiB, a third longer in base64. */
const MAX_HEADER = 12_288;
/** RFC 4648, section 4, whole text; padding may be left out, as some clients do. */
const BASE_64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** RFC 7617, section 2: neither part may hold control characters. U+FFFD stands where bytes were no UTF-8. */
// oxlint-disable-next-line no-control-regex
const UNUSABLE = /[\u0000-\u001f\u007f\ufffd]/;

const badCredential = (message: string): AppError => new AppError('unauthorized', message);

/**
 * A username and a secret, however they came.
 *
 * @throws AppError `unauthorized` for characters that no name and no secret of ours holds
 */
export function basicCredential(username: string, secret: string): Credential {
  if (UNUSABLE.test(username) || UNUSABLE.test(secret)) {
    throw badCredential('Username and password must be UTF-8 without control characters.');
  }
  return { kind: 'basic', username, secret: new Secret(secret) };
}

/**
 * What came as the refresh token of a form; '' where it was missing, which is as good as a wrong one: 401 and not 400,
 * since clients then fall back to their password.
 *
 * @throws AppError `unauthorized` for characters that no secret of ours holds
 */
export function refreshTokenCredential(secret: string): Credential {
  if (UNUSABLE.test(secret)) {
    throw badCredential('The refresh token holds characters that no refresh token has.');
  }
  return { kind: 'refresh_token', secret: new Secret(secret) };
}

function parseBasic(encoded: string): Credential {
  const text = BASE_64.test(encoded) ? Buffer.from(encoded, 'base64').toString('utf8') : '';
  const colon = text.indexOf(':');
  if (colon === -1) {
    throw badCredential(
      'The Authorization header is not "Basic" and base64 of "username:password" in UTF-8.',
    );
  }
  return basicCredential(text.slice(0, colon), text.slice(colon + 1));
}

/**
 * The credential of an Authorization header (RFC 7617), or anonymous where there is none.
 *
 * @param rawHeaders names and values in turn, as node:http has them: it hides a repeated header, and one of two
 *   credentials must not win by chance
 * @throws AppError `bad_request` for a repeated or over-long header, `unauthorized` for one that is not Basic
 */
export function readCredential(rawHeaders: readonly string[]): Credential {
  let value: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length !== 13 || name.toLowerCase() !== 'authorization') continue;
    if (value !== undefined) {
      throw new AppError('bad_request', 'The request has more than one Authorization header.');
    }
    value = rawHeaders[i + 1] ?? '';
  }
  if (value === undefined) return anonymous;
  if (value.length > MAX_HEADER) {
    throw new AppError('bad_request', `The Authorization header is over ${MAX_HEADER} bytes.`);
  }
  const space = value.indexOf(' ');
  if (space === -1 || value.slice(0, space).toLowerCase() !== 'basic') {
    throw badCredential(
      'This endpoint takes "Basic" credentials: a username and a token or password.',
    );
  }
  return parseBasic(value.slice(space + 1).trim());
}
