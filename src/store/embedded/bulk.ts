import { AppError } from '../../errors.ts';
import type { Bulk, BulkBatch, BulkEntry, BulkFault, BulkKind, BulkReport } from '../bulk.ts';
import { prepareBulkDeployTokens } from './bulk-deploy-tokens.ts';
import { prepareBulkAllowlist, prepareBulkMembers, prepareBulkRules } from './bulk-links.ts';
import { createBulkNames, type Outcome } from './bulk-names.ts';
import { prepareBulkPersonalAccessTokens } from './bulk-personal-access-tokens.ts';
import { prepareBulkGroups, prepareBulkProjects } from './bulk-places.ts';
import { prepareBulkRead } from './bulk-read.ts';
import { prepareBulkUsers } from './bulk-users.ts';
import type { Database } from './database.ts';
import type { Read } from './reader.ts';
import { prepareRefs } from './refs.ts';
import { isConstraint } from './sqlite-error.ts';
import type { Version } from './version.ts';
import type { Writer } from './writer.ts';

/** Errors that are told of one batch. */
const MAX_ERRORS = 100;

/** Thrown within the write so that nothing of it stays. */
class Undone extends AppError {
  readonly report: BulkReport;

  constructor(report: BulkReport) {
    super('conflict', 'The batch was not put.');
    this.report = report;
  }
}

type AnyPut = (entry: BulkEntry, now: number) => Outcome;

function prepareVerbs(db: Database) {
  const names = createBulkNames(db, prepareRefs(db));
  const verbs = {
    users: prepareBulkUsers(db, names),
    groups: prepareBulkGroups(db, names),
    projects: prepareBulkProjects(db, names),
    members: prepareBulkMembers(db, names),
    job_token_allowlist: prepareBulkAllowlist(db, names),
    protection_rules: prepareBulkRules(db, names),
    deploy_tokens: prepareBulkDeployTokens(db, names),
    personal_access_tokens: prepareBulkPersonalAccessTokens(db, names),
  };
  // A batch's entries are of its kind, which the compiler cannot follow.
  return { names, verbOf: (kind: BulkKind) => verbs[kind] as AnyPut };
}

/** Why the store does not take the entry; what is no answer of the domain is thrown on. */
function refusal(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isConstraint(error)) {
    return new AppError('conflict', 'It contradicts what is there: another entry has this name.');
  }
  throw error;
}

export interface BulkParts {
  readonly db: Database;
  readonly read: Read;
  readonly writer: Pick<Writer, 'write'>;
  readonly version: Pick<Version, 'move'>;
}

export function createBulk({ db, read, writer, version }: BulkParts): Bulk {
  const { names, verbOf } = prepareVerbs(db);
  const readPage = prepareBulkRead(db);

  function putAll({ kind, entries }: BulkBatch, dryRun: boolean, now: number): BulkReport {
    const verb = verbOf(kind);
    const counts = { created: 0, updated: 0, unchanged: 0, unresolved: 0 };
    const errors: BulkFault[] = [];
    names.forget();
    for (const [index, entry] of entries.entries()) {
      try {
        counts[verb(entry, now)] += 1;
      } catch (error) {
        const { code, message } = refusal(error);
        if (dryRun && code === 'not_found') counts.unresolved += 1;
        else errors.push({ index, message });
        if (errors.length >= MAX_ERRORS) break;
      }
    }
    return { ...counts, errors };
  }

  const nothing = { created: 0, updated: 0, unchanged: 0, unresolved: 0 };

  function put(batch: BulkBatch, dryRun: boolean, now: number): BulkReport {
    const report = putAll(batch, dryRun, now);
    const { errors } = report;
    if (errors.length > 0) throw new Undone({ ...nothing, errors });
    if (dryRun) throw new Undone(report);
    if (report.created + report.updated > 0) version.move();
    return report;
  }

  return {
    put: async (batch, { dryRun, now }) => {
      try {
        return await writer.write(() => put(batch, dryRun, now));
      } catch (error) {
        if (error instanceof Undone) return error.report;
        throw error;
      }
    },
    read: (kind, after, limit) => read(() => db.snapshot(() => readPage(kind, after, limit))),
  };
}
