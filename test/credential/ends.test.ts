/** What has ended stays ended: no later moment and nothing else that goes wrong makes a credential good again. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { convertedFault } from '../../src/credential/after-job.ts';
import { deployTokenFault } from '../../src/credential/deploy-token.ts';
import { jobFault } from '../../src/credential/job-token.ts';
import { personalAccessTokenFault } from '../../src/credential/personal-access-token.ts';
import type {
  ConvertedTokenAdmission,
  DeployTokenAdmission,
  JobAdmission,
  PersonalAccessTokenAdmission,
} from '../../src/store/ports.ts';
import { JOB_STATUSES } from '../../src/store/records.ts';

const moment = fc.nat(100);
const end = fc.option(moment);
const user = fc.option(fc.record({ state: fc.constantFrom('active', 'blocked') }), { freq: 9 });
const project = fc.option(
  fc.record({ jobsEnabled: fc.boolean(), jobTokenAfterJob: fc.constantFrom('none', 'read') }),
  { freq: 9 },
);
const AFTER_JOB = { force: undefined, max_age: 1 };

/** Worlds of each kind as far as a fault looks at them, and what makes them worse. */
const token = fc.record({
  token: fc.record({ id: fc.constant(1), revokedAt: end, expiresAt: end }),
  user,
});
const deploy = fc.record({
  token: fc.record({ revokedAt: end, expiresAt: end }),
  secret: fc.record({ expiresAt: end }),
});
const job = fc.record({
  job: fc.record({
    id: fc.constant(7),
    userId: fc.constant(1),
    status: fc.constantFrom(...JOB_STATUSES),
    erasedAt: fc.constant(null),
    finishedAt: end,
    deadline: moment,
    leaseUntil: moment,
  }),
  user,
  project,
});
const converted = fc.record({
  token: fc.record({ jobId: fc.constant(7), endedAt: moment, revokedAt: end, expiresAt: moment }),
  user,
  project,
});

type Fault = (admission: never, now: number) => string | null;
type Worse = (admission: never) => unknown;

const KINDS: readonly [string, fc.Arbitrary<object>, Fault, Record<string, Worse>][] = [
  [
    'personal access token',
    token,
    (on: PersonalAccessTokenAdmission, now) => personalAccessTokenFault(on, now),
    {
      revoked: (on: PersonalAccessTokenAdmission) => ({
        ...on,
        token: { ...on.token, revokedAt: 0 },
      }),
      'of a blocked user': (on: PersonalAccessTokenAdmission) => ({
        ...on,
        user: { state: 'blocked' },
      }),
      'of nobody': (on: PersonalAccessTokenAdmission) => ({ ...on, user: null }),
    },
  ],
  [
    'deploy token',
    deploy,
    (on: DeployTokenAdmission, now) => deployTokenFault(on, now),
    {
      revoked: (on: DeployTokenAdmission) => ({ ...on, token: { ...on.token, revokedAt: 0 } }),
      'past the grace': (on: DeployTokenAdmission) => ({ ...on, secret: { expiresAt: 0 } }),
    },
  ],
  [
    'job token',
    job,
    (on: JobAdmission, now) => jobFault(on, now),
    {
      finished: (on: JobAdmission) => ({ ...on, job: { ...on.job, finishedAt: 0 } }),
      erased: (on: JobAdmission) => ({ ...on, job: { ...on.job, erasedAt: 0 } }),
      'without a lease': (on: JobAdmission) => ({ ...on, job: { ...on.job, leaseUntil: 0 } }),
      'of a blocked user': (on: JobAdmission) => ({ ...on, user: { state: 'blocked' } }),
      'of a project that is gone': (on: JobAdmission) => ({ ...on, project: null }),
    },
  ],
  [
    'password of an ended job',
    converted,
    (on: ConvertedTokenAdmission, now) => convertedFault(on, AFTER_JOB, now),
    {
      revoked: (on: ConvertedTokenAdmission) => ({ ...on, token: { ...on.token, revokedAt: 0 } }),
      'of a blocked user': (on: ConvertedTokenAdmission) => ({ ...on, user: { state: 'blocked' } }),
      'where the switch is off': (on: ConvertedTokenAdmission) => ({
        ...on,
        project: on.project && { ...on.project, jobTokenAfterJob: 'none' },
      }),
    },
  ],
];

describe.each(KINDS)('%s', (_, admission, fault, worse) => {
  test('LOW-11: expiring: once it has ended no later moment opens it', () => {
    fc.assert(
      fc.property(
        admission,
        moment,
        fc.nat(2000),
        (on, now, later) =>
          fault(on as never, now) === null || fault(on as never, now + later) !== null,
      ),
    );
  });

  test.each(Object.entries(worse))(
    'LOW-11: %s, it is refused whatever else holds',
    (_name, change) => {
      fc.assert(
        fc.property(
          admission,
          moment,
          (on, now) => fault(change(on as never) as never, now) !== null,
        ),
      );
    },
  );

  test('and it is good in some world', () => {
    const good = fc.sample(admission, 2000).filter((on) => fault(on as never, 0) === null);
    expect(good.length).toBeGreaterThan(0);
  });
});
