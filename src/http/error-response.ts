import type { ServerResponse } from 'node:http';
import { AppError, type ErrorCode } from '../errors.ts';

interface Shape {
  readonly status: number;
  /** The registry API's error code (Distribution, errcode). */
  readonly registry: string;
  /** RFC 6749, section 5.2. */
  readonly oauth: string;
}

/** Never 403 and never a redirect: registry clients stop for good at either. docs/errors.md says what each means. */
export const SHAPES: Readonly<Record<ErrorCode, Shape>> = {
  bad_request: { status: 400, registry: 'UNSUPPORTED', oauth: 'invalid_request' },
  unknown_service: { status: 400, registry: 'UNSUPPORTED', oauth: 'invalid_request' },
  unsupported_grant_type: { status: 400, registry: 'UNSUPPORTED', oauth: 'unsupported_grant_type' },
  unsupported_token_type: { status: 400, registry: 'UNSUPPORTED', oauth: 'unsupported_token_type' },
  unauthorized: { status: 401, registry: 'UNAUTHORIZED', oauth: 'invalid_grant' },
  login_required: { status: 401, registry: 'UNAUTHORIZED', oauth: 'invalid_grant' },
  forbidden: { status: 401, registry: 'DENIED', oauth: 'invalid_grant' },
  not_found: { status: 404, registry: 'UNSUPPORTED', oauth: 'invalid_request' },
  method_not_allowed: { status: 405, registry: 'UNSUPPORTED', oauth: 'invalid_request' },
  conflict: { status: 409, registry: 'UNSUPPORTED', oauth: 'invalid_request' },
  payload_too_large: { status: 413, registry: 'SIZE_INVALID', oauth: 'invalid_request' },
  headers_too_large: { status: 431, registry: 'SIZE_INVALID', oauth: 'invalid_request' },
  too_many_requests: { status: 429, registry: 'TOOMANYREQUESTS', oauth: 'temporarily_unavailable' },
  store_unavailable: { status: 503, registry: 'UNAVAILABLE', oauth: 'temporarily_unavailable' },
  internal: { status: 500, registry: 'UNKNOWN', oauth: 'server_error' },
};

export interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The one form of error that every registry client shows to its user: docker and skopeo print `details`, crane and oras
 * print `errors`, and OAuth clients read `error`.
 *
 * @param requestId leads from the message to the line in the log
 */
export function errorResponse(error: AppError, requestId: string | null): ErrorResponse {
  const shape = SHAPES[error.code];
  const message = requestId === null ? error.message : `${error.message} (request ${requestId})`;
  const body = JSON.stringify({
    errors: [{ code: shape.registry, message }],
    details: message,
    error: shape.oauth,
    error_description: message.replaceAll('"', "'").replaceAll('\\', '/'),
  });
  return {
    status: shape.status,
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...(shape.status === 401 && {
        'WWW-Authenticate': 'Basic realm="wharfpass", charset="UTF-8"',
      }),
      ...(error.retryAfter !== undefined && { 'Retry-After': String(error.retryAfter) }),
    },
    body,
  };
}

/** What a client may know of something thrown: an AppError as it is, anything else as one fixed sentence. */
export function publicError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return new AppError('internal', 'The token server failed. Its log has the cause.', {
    cause: thrown,
  });
}

export function sendError(res: ServerResponse, error: AppError, requestId: string | null): void {
  const { status, headers, body } = errorResponse(error, requestId);
  if (res.headersSent) {
    res.destroy();
    return;
  }
  res.writeHead(status, headers).end(body);
}
