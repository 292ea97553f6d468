/** What a CI system is handed when it starts a job. docs/jobs.md explains it. */
import { z } from 'zod';
import { JOB_STATUSES } from '../../store/records.ts';
import { id, shownOnce, timestamp } from './answer-fields.ts';
import { basicUserSchema } from './user-entity.ts';

const variable = z.strictObject({
  key: z.string().meta({ example: 'CI_REGISTRY_USER' }),
  value: z.string().meta({ example: 'gitlab-ci-token' }),
  masked: z.boolean().meta({ example: false }),
  public: z.boolean(),
});

const credentials = z.strictObject({
  type: z.literal('registry'),
  url: z.string().meta({ example: 'registry.example.com' }),
  username: z.string().meta({ example: 'gitlab-ci-token' }),
  password: shownOnce,
});

const jobInfo = z.strictObject({
  id,
  name: z.string().meta({ example: 'job' }),
  stage: z.string().meta({ example: 'test' }),
  project_id: id,
  project_name: z.string().meta({ example: 'App' }),
  project_full_path: z.string().meta({ example: 'acme/app' }),
  extended_job_token: shownOnce.optional(),
});

export const startedJobSchema = z
  .strictObject({
    id,
    status: z.enum(JOB_STATUSES).meta({ example: 'running' }),
    project_id: id,
    user: basicUserSchema,
    token: shownOnce,
    deadline: timestamp,
    lease_expires_at: timestamp.nullable(),
    variables: z.array(variable),
    credentials: z.array(credentials),
    job_info: jobInfo,
  })
  .meta({ id: 'StartedJob' });
