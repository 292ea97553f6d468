import {
  always,
  everybody,
  project,
  runsJobs,
  type Expectations,
  type Who,
} from './expectation.ts';
import type { Scope } from './callers.ts';

const RUNS: readonly Scope[] = ['api', 'create_job'];
const READS: readonly Scope[] = ['api', 'read_api', 'create_job'];

/** The job that calls is never the one that the path names: that case stands in its own test. */
const itselfOnly: Who = always(404, 'of that very job');

export const jobExpectations: Expectations = {
  'POST /projects/:id/jobs': {
    who: runsJobs,
    ok: 201,
    scopes: RUNS,
    body: ({ guinea }) => ({ user_id: guinea }),
  },
  'PUT /projects/:id/jobs/:job_id': {
    who: runsJobs,
    ok: 200,
    scopes: RUNS,
    body: () => ({ status: 'success' }),
  },
  'POST /projects/:id/jobs/:job_id/heartbeat': {
    who: runsJobs,
    ok: 200,
    scopes: RUNS,
    jobs: itselfOnly,
  },
  'GET /projects/:id/jobs': { who: project('Reporter'), ok: 200, scopes: READS },
  'GET /projects/:id/jobs/:job_id': { who: project('Reporter'), ok: 200, scopes: READS },
  'GET /job': {
    who: always(401, 'nobody'),
    ok: 200,
    jobs: { ...everybody, text: 'of any running job, about itself' },
    jobsOnly: true,
  },
  'GET /projects/:id/converted_job_tokens': { who: project('Maintainer'), ok: 200 },
  'DELETE /projects/:id/converted_job_tokens/:token_id': { who: project('Maintainer'), ok: 204 },
};
