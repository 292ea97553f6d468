/** What a bulk revocation is about: which credentials, and which of their properties it goes by. */
import type { TokenKind } from '../credential/token-format.ts';
import { AppError } from '../errors.ts';

/**
 * In the order in which they go: first what could make new ones, and jobs before the passwords that they leave behind.
 */
export const REVOCABLE_KINDS = [
  'personal_access_tokens',
  'refresh_tokens',
  'deploy_tokens',
  'jobs',
  'converted_tokens',
] as const;
export type RevocableKind = (typeof REVOCABLE_KINDS)[number];

/** A project or group with all that is under it. */
export interface Place {
  readonly id: number;
  readonly fullPath: string;
}

/** All that are given must hold. Times are milliseconds. */
export interface Criteria {
  readonly project?: Place | undefined;
  readonly group?: Place | undefined;
  readonly userId?: number | undefined;
  /** Whose token made it. */
  readonly issuerId?: number | undefined;
  readonly runnerId?: number | undefined;
  readonly pipelineId?: number | undefined;
  /** A job is meant if it was alive at any moment of the window, a token if it was made in it. */
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  /** Of the secrets whose configured prefix was named. */
  readonly secretKind?: TokenKind | undefined;
}

/** The names of the criteria in the REST API. */
const NAMES = {
  project: 'project',
  group: 'group',
  userId: 'user',
  issuerId: 'issuer',
  runnerId: 'runner_id',
  pipelineId: 'pipeline_id',
  after: 'after',
  before: 'before',
  secretKind: 'secret_prefix',
} as const satisfies Readonly<Record<keyof Criteria, string>>;

const OF_JOBS: readonly (keyof Criteria)[] = [
  'project',
  'group',
  'userId',
  'issuerId',
  'runnerId',
  'pipelineId',
  'after',
  'before',
];

/** What each kind knows of itself. What it does not know cannot hold of it. */
const KNOWN: Readonly<Record<RevocableKind, readonly (keyof Criteria)[]>> = {
  personal_access_tokens: ['userId', 'after', 'before'],
  refresh_tokens: ['userId', 'after', 'before'],
  deploy_tokens: ['project', 'group', 'issuerId', 'after', 'before'],
  jobs: OF_JOBS,
  converted_tokens: OF_JOBS,
};

/** Whose secrets begin so. An extended job token ends with its job. */
const SECRETS: Readonly<Record<RevocableKind, readonly TokenKind[]>> = {
  personal_access_tokens: ['personal_access_token'],
  refresh_tokens: ['refresh_token'],
  deploy_tokens: ['deploy_token'],
  jobs: ['job_token', 'extended_job_token'],
  converted_tokens: ['job_token'],
};

export interface Untouched {
  readonly kind: RevocableKind;
  /** The criteria that no credential of the kind can meet. */
  readonly criteria: readonly string[];
}

export interface RevocationPlan {
  readonly kinds: readonly RevocableKind[];
  readonly untouched: readonly Untouched[];
}

const given = (criteria: Criteria): readonly (keyof Criteria)[] =>
  (Object.keys(NAMES) as (keyof Criteria)[]).filter((name) => criteria[name] !== undefined);

function unmet(kind: RevocableKind, criteria: Criteria): readonly string[] {
  const known = KNOWN[kind];
  const { secretKind } = criteria;
  const met = (name: keyof Criteria): boolean =>
    name === 'secretKind'
      ? secretKind !== undefined && SECRETS[kind].includes(secretKind)
      : known.includes(name);
  return given(criteria)
    .filter((name) => !met(name))
    .map((name) => NAMES[name]);
}

const badRequest = (why: string): AppError => new AppError('bad_request', why);

/**
 * Which kinds the criteria can mean: those that know all of them. The others are named, and not touched.
 *
 * @param asked the kinds that the caller names; undefined: all
 * @throws AppError `bad_request` where there is no criterion, or where a kind that was named knows one of them not
 */
export function planOf(
  criteria: Criteria,
  asked: readonly RevocableKind[] | undefined,
): RevocationPlan {
  if (given(criteria).length === 0) {
    const names = Object.values(NAMES).join(', ');
    throw badRequest(`name at least one criterion: ${names}; kinds alone would be everything`);
  }
  const kinds: RevocableKind[] = [];
  const untouched: Untouched[] = [];
  for (const kind of REVOCABLE_KINDS) {
    if (asked !== undefined && !asked.includes(kind)) continue;
    const missing = unmet(kind, criteria);
    if (missing.length === 0) kinds.push(kind);
    else untouched.push({ kind, criteria: missing });
  }
  const [first] = untouched;
  if (first !== undefined && (asked !== undefined || kinds.length === 0)) {
    const text = `${first.kind} cannot be told by ${first.criteria.join(', ')}`;
    throw badRequest(
      asked === undefined ? `nothing can be told by all these criteria: ${text}` : text,
    );
  }
  return { kinds, untouched };
}
