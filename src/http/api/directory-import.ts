/** POST /directory/import: one batch of an import file. */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { Secret } from '../../credential/secret.ts';
import { needsKeys, toEntry } from '../../directory/record-entry.ts';
import { recordSchemas, type DirectoryRecord } from '../../directory/record-schema.ts';
import { keyFingerprint } from '../../lifecycle/key-fingerprint.ts';
import { mustBeAdmin } from './access.ts';
import { count } from './answer-fields.ts';
import type { UserCaller } from './caller.ts';
import { ok, route } from './route.ts';

/** Records of one batch, which is one transaction: while it runs, nobody else is answered. */
const MAX_RECORDS = 1_000;
const MAX_BODY = 2_097_152;

const rest = {
  dry_run: z.boolean().default(false).describe('Tells what would change, and changes nothing'),
  key_fingerprint: z
    .string()
    .max(64)
    .nullish()
    .describe('Of the key that made the hashes; needed where records hold any'),
};

const batchOf = <K extends keyof typeof recordSchemas>(kind: K) =>
  z.strictObject({
    kind: z.literal(kind),
    records: z.array(recordSchemas[kind]).max(MAX_RECORDS),
    ...rest,
  });

const body = z
  .discriminatedUnion('kind', [
    batchOf('users'),
    batchOf('groups'),
    batchOf('projects'),
    batchOf('members'),
    batchOf('job_token_allowlist'),
    batchOf('protection_rules'),
    batchOf('deploy_tokens'),
    batchOf('personal_access_tokens'),
  ])
  .meta({ example: { kind: 'groups', records: [{ path: 'acme', visibility: 'private' }] } });

const answer = z.strictObject({
  created: count,
  updated: count,
  unchanged: count,
  unresolved: count.describe('In a dry run: records that name what is not there yet'),
  errors: z
    .array(z.strictObject({ index: count, message: z.string() }))
    .describe('By the place of the record in the batch. With any, nothing was changed'),
});

/** Hashes are worth nothing under another key, so they are not taken at all. */
function checkKeys(
  given: string | null | undefined,
  own: string,
  records: readonly DirectoryRecord[],
): void {
  if (given === own) return;
  if (typeof given === 'string') {
    throw new AppError(
      'conflict',
      'The hashes were made with another key, so no secret would be known by them here. Give this server the keys folder of the other one first, or leave the tokens out',
    );
  }
  if (records.some(needsKeys)) {
    throw new AppError('bad_request', 'key_fingerprint is missing: the records hold hashes');
  }
}

/** Administrators do not shut themselves out by mistake: another one has to do it. */
function shutOut({ user }: UserCaller, records: readonly DirectoryRecord[]) {
  const own = (record: DirectoryRecord): boolean =>
    'two_factor' in record &&
    record.username.toLowerCase() === user.username.toLowerCase() &&
    (!record.admin || record.state === 'blocked');
  const index = records.findIndex(own);
  if (index < 0) return null;
  const message =
    'This is you, and you would be no active administrator any more: write admin: true and no state';
  return { created: 0, updated: 0, unchanged: 0, unresolved: 0, errors: [{ index, message }] };
}

/** Whoever is made to rule is named, however many come with them. */
const adminsAmong = (records: readonly DirectoryRecord[]): readonly string[] =>
  records.flatMap((record) => ('two_factor' in record && record.admin ? [record.username] : []));

export const directoryImportRoute = route({
  method: 'post',
  path: '/directory/import',
  action: 'directory.import',
  summary: 'Creates and updates up to 1,000 objects of one kind: all of them, or none.',
  who: 'administrators',
  callers: 'user',
  bodyLimit: MAX_BODY,
  body,
  answer: { status: 200, body: answer },
  async handler({ caller, body: batch, audit }, { store, clock, secretHash }) {
    mustBeAdmin(caller);
    const { kind, records, dry_run: dryRun, key_fingerprint: fingerprint } = batch;
    checkKeys(fingerprint, keyFingerprint(secretHash), records);
    const refused = shutOut(caller, records);
    if (refused !== null) return ok(refused);
    const hashOf = (secret: string): string => secretHash(new Secret(secret));
    const entries = records.map((record) => toEntry(kind, record, hashOf));
    const report = await store.bulk.put({ kind, entries }, { dryRun, now: clock.now() });
    const { created, updated, unchanged, errors } = report;
    if (!dryRun && created + updated > 0) {
      const admins = adminsAmong(records);
      const counts = { objects: kind, created, updated, unchanged };
      const details = admins.length === 0 ? counts : { ...counts, admins };
      audit('directory.imported', { kind: 'directory', id: null, path: null }, details);
    }
    return ok(report, { objects: kind, dry_run: dryRun, created, updated, errors: errors.length });
  },
});
