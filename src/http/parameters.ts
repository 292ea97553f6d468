import { AppError } from '../errors.ts';

/**
 * The parameters of a query or form (application/x-www-form-urlencoded). Values are strings and nothing else: names
 * with brackets or dots are names like any other, so no request can make an object or an array.
 */
export interface Parameters {
  /** The value of a parameter that may stand once; null where it is absent or empty (RFC 6749, section 3.2). */
  one(name: string): string | null;
  all(name: string): readonly string[];
}

/** @throws AppError `bad_request`, from `one`, for a repeated parameter */
export function readParameters(encoded: string): Parameters {
  const parsed = new URLSearchParams(encoded);
  return {
    one(name) {
      const values = parsed.getAll(name);
      if (values.length > 1) {
        throw new AppError('bad_request', `The parameter ${name} stands more than once.`);
      }
      return values[0] === undefined || values[0] === '' ? null : values[0];
    },
    all: (name) => parsed.getAll(name),
  };
}
