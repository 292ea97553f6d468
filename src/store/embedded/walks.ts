/** What a bulk revocation walks over. */
import type {
  ConvertedTokenRecord,
  DeployTokenRecord,
  JobRecord,
  PersonalAccessTokenRecord,
  RefreshTokenRecord,
} from '../records.ts';
import { CONVERTED_COLUMNS, convertedRecord, type ConvertedRow } from './converted-token-rows.ts';
import type { Database } from './database.ts';
import {
  TOKEN_COLUMNS as DEPLOY_COLUMNS,
  tokenRecord,
  type TokenRow,
} from './deploy-token-rows.ts';
import { JOB_COLUMNS, jobRecord, type JobRow } from './job-rows.ts';
import {
  TOKEN_COLUMNS as PERSONAL_COLUMNS,
  tokenRecord as personalRecord,
  type TokenRow as PersonalRow,
} from './personal-access-token-rows.ts';
import { REFRESH_COLUMNS, refreshRecord, type RefreshRow } from './refresh-token-rows.ts';
import { prepareWalk } from './walk.ts';

/** A filter that is null lets everything pass. */
const is = (column: string, parameter: string) =>
  `(${parameter} IS NULL OR ${column} = ${parameter})`;

/** Values: project, user, and the moment after which a job must have ended that has. */
export const prepareJobWalk = (db: Database) =>
  prepareWalk<JobRow, JobRecord>(
    db,
    JOB_COLUMNS,
    { table: 'jobs', alias: 'j' },
    `(j.finished_at IS NULL OR j.finished_at > ?6)
      AND ${is('j.project_id', '?4')} AND ${is('j.user_id', '?5')}`,
    jobRecord,
  );

/** Values: now, project, group. */
export const prepareDeployTokenWalk = (db: Database) =>
  prepareWalk<TokenRow, DeployTokenRecord>(
    db,
    DEPLOY_COLUMNS,
    { table: 'deploy_tokens', alias: 't' },
    `t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?4)
      AND ${is('t.project_id', '?5')} AND ${is('t.group_id', '?6')}`,
    tokenRecord,
  );

/** Values: now, user. */
export const preparePersonalAccessTokenWalk = (db: Database) =>
  prepareWalk<PersonalRow, PersonalAccessTokenRecord>(
    db,
    PERSONAL_COLUMNS,
    { table: 'personal_access_tokens', alias: 't' },
    `t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?4)
      AND ${is('t.user_id', '?5')}`,
    personalRecord,
  );

/** Values: now, project, user. */
export const prepareConvertedTokenWalk = (db: Database) =>
  prepareWalk<ConvertedRow, ConvertedTokenRecord>(
    db,
    CONVERTED_COLUMNS,
    { table: 'converted_tokens', alias: 'c' },
    `c.revoked_at IS NULL AND c.expires_at > ?4
      AND ${is('c.project_id', '?5')} AND ${is('c.user_id', '?6')}`,
    convertedRecord,
  );

/** Values: now, user. */
export const prepareRefreshTokenWalk = (db: Database) =>
  prepareWalk<RefreshRow, RefreshTokenRecord>(
    db,
    REFRESH_COLUMNS,
    { table: 'refresh_tokens', alias: 'r' },
    `r.revoked_at IS NULL AND r.expires_at > ?4 AND ${is('r.user_id', '?5')}`,
    refreshRecord,
  );
