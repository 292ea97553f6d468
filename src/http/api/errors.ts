/** How a fault looks on the REST API: GitLab's statuses and its `{"message": …}` or `{"error": …}`. */
import type { Response } from 'express';
import { AppError, type ErrorCode } from '../../errors.ts';
import type { Logger } from '../../log.ts';

const STATUS: Readonly<Record<ErrorCode, number>> = {
  bad_request: 400,
  unknown_service: 400,
  unsupported_grant_type: 400,
  unsupported_token_type: 400,
  unauthorized: 401,
  login_required: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  payload_too_large: 413,
  headers_too_large: 431,
  too_many_requests: 429,
  store_unavailable: 503,
  internal: 500,
};

/** What Express itself throws for a request that it cannot read, such as a path with a broken percent-encoding. */
function unreadable(thrown: unknown): AppError | null {
  const status = (thrown as { status?: unknown } | null)?.status;
  if (typeof status !== 'number' || status < 400 || status > 499) return null;
  return new AppError('bad_request', 'the request is malformed');
}

const FAILED = new AppError('internal', '500 Internal Server Error');

/** Answers with the fault; what is not the caller's doing is logged under an id that the answer names. */
export function sendFault(thrown: unknown, res: Response, log: Logger, requestId: string): void {
  const known = thrown instanceof AppError ? thrown : unreadable(thrown);
  const fault = known ?? FAILED;
  const line = { request_id: requestId, code: fault.code, detail: fault.detail };
  if (fault.code === 'internal') log.error({ ...line, err: thrown }, 'api request failed');
  else if (fault.code === 'store_unavailable') log.error(line, 'store unavailable');
  if (res.headersSent) return void res.destroy();
  const { code, message, retryAfter } = fault;
  if (code === 'unauthorized') res.set('WWW-Authenticate', 'Bearer realm="wharfpass"');
  if (retryAfter !== undefined) res.set('Retry-After', String(retryAfter));
  res.status(STATUS[code]).json(code === 'bad_request' ? { error: message } : { message });
}
