/**
 * The closed set of faults that a caller can be told about. A denial of rights is not here: rights that are not
 * granted are a value (see policy/), never an exception.
 */
export type ErrorCode =
  | 'bad_request'
  | 'unknown_service'
  | 'unsupported_grant_type'
  | 'unsupported_token_type'
  | 'unauthorized'
  | 'login_required'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'payload_too_large'
  | 'headers_too_large'
  | 'too_many_requests'
  | 'store_unavailable'
  | 'internal';

interface AppErrorOptions {
  /** For the log only; never sent to the client. Must hold no secret. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** Seconds, for the Retry-After header. */
  readonly retryAfter?: number;
}

/** A fault with a fixed public text (`message`, safe to show to anybody) and a private `detail` for the log. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.detail = options.detail;
    this.retryAfter = options.retryAfter;
  }
}

/** Whether somebody could not tell, and another try may. */
export const isStoreUnavailable = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'store_unavailable';

/** The store could not answer. Never to be confused with "no": a caller that cannot tell answers 503. */
export function storeUnavailable(detail: string, cause?: unknown): AppError {
  return new AppError(
    'store_unavailable',
    'The token server cannot reach its data just now. Try again.',
    {
      detail,
      cause,
      retryAfter: 1,
    },
  );
}
