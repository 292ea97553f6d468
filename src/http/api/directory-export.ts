/** GET /directory/export: one page of an export file. */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { toRecord } from '../../directory/record-text.ts';
import { keyFingerprint } from '../../lifecycle/key-fingerprint.ts';
import { BULK_KINDS, TOKEN_KINDS } from '../../store/bulk.ts';
import { mustBeAdmin } from './access.ts';
import { flag, integer, text, wholeNumber } from './fields.ts';
import { ok, route } from './route.ts';

const MAX_PAGE = 1_000;

const answer = z.strictObject({
  records: z
    .array(z.record(z.string(), z.unknown()))
    .describe('In order of their paths, as import takes them; what has its default is left out'),
  next: z
    .string()
    .nullable()
    .describe('The after of what comes next, which may be so although records are few; null: none'),
  key_fingerprint: z
    .string()
    .nullable()
    .describe('Of the key that made the hashes; null without credentials'),
});

export const directoryExportRoute = route({
  method: 'get',
  path: '/directory/export',
  action: 'directory.export',
  summary: 'Reads all objects of one kind, page after page, with paths in place of ids.',
  who: 'administrators',
  callers: 'user',
  query: z.strictObject({
    kind: z.enum(BULK_KINDS),
    after: text(2048).optional().describe('The next of the page before'),
    limit: wholeNumber
      .pipe(z.number().min(1).max(MAX_PAGE))
      .meta(integer(1, MAX_PAGE))
      .default(MAX_PAGE),
    credentials: flag
      .default(false)
      .describe('With hashes of passwords and tokens; without, there are no tokens at all'),
  }),
  answer: { status: 200, body: answer },
  async handler({ caller, query, audit }, { store, secretHash }) {
    mustBeAdmin(caller);
    const { kind, after, limit, credentials } = query;
    if (credentials && !caller.token.scopes.has('api')) {
      throw new AppError('forbidden', '403 Forbidden - credentials need the scope api');
    }
    if (credentials && after === undefined) {
      audit('directory.exported', { kind: 'directory', id: null, path: null }, { objects: kind });
    }
    const key_fingerprint = credentials ? keyFingerprint(secretHash) : null;
    if (TOKEN_KINDS.has(kind) && !credentials)
      return ok({ records: [], next: null, key_fingerprint });
    const { entries, next } = await store.bulk.read(kind, after ?? null, limit);
    const records = entries.map((entry) => toRecord(kind, entry, { credentials }));
    return ok({ records, next, key_fingerprint });
  },
});
