/** Why an instance and a Redis do not belong together, in words for the operator. */
import { AppError } from '../../../errors.ts';
import { FORMAT } from './commit.ts';
import type { Found } from './replies.ts';

const WHAT_TO_DO =
  'Point redis.url at the right Redis, or restore its backup; to begin anew, empty data_dir. See docs/redis.md.';

const emptied = (store: string): string =>
  `Redis has no wharfpass data (for this redis.prefix), but this instance has known the store ${store}. ${WHAT_TO_DO}`;

const foreign = (found: string, store: string): string =>
  `Redis holds another store (${found}) than the one that this instance's data_dir belongs to (${store}). ${WHAT_TO_DO}`;

const otherFormat = (format: string): string =>
  `Redis holds data of format ${format}, and this wharfpass knows format ${FORMAT} only. Install the version that wrote it.`;

const REMAINS =
  'Redis holds parts of a wharfpass store without its head. Restore its backup, or delete what is left under redis.prefix.';

const OTHER_KEYS =
  "This instance's keys are not those of the others, so it could neither read nor make tokens for them. " +
  'Copy keys_dir of a running instance to this one.';

const refusal = (message: string): AppError => new AppError('internal', message);

/** null: there is nothing wrong. `answer` may be any answer of sync or load. */
export function misfitError(answer: { readonly kind: string }, store: string): AppError | null {
  if (answer.kind === 'empty') return refusal(emptied(store));
  if (answer.kind === 'foreign' && 'store' in answer) {
    return refusal(foreign(String(answer.store), store));
  }
  if (answer.kind === 'format' && 'format' in answer) {
    return refusal(otherFormat(String(answer.format)));
  }
  return null;
}

/**
 * @param known the store that the data folder belongs to, if any
 * @throws AppError for the operator
 */
export function checkFound(found: Found | null, known: string | null, fingerprint: string): Found {
  if (found === null) throw refusal(known === null ? REMAINS : emptied(known));
  if (found.format !== String(FORMAT)) throw refusal(otherFormat(found.format));
  if (known !== null && found.store !== known) throw refusal(foreign(found.store, known));
  if (found.keys !== fingerprint) throw refusal(OTHER_KEYS);
  return found;
}
