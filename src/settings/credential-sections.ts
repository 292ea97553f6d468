/** Settings of what people, jobs and machines log in with, and of how long that lives. */
import { z } from 'zod';
import { DAY, HOUR, seconds } from './seconds.ts';

const prefix = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9]{0,15}[-_]$/,
    'must be a letter, then letters or digits, and end in - or _',
  )
  .describe('Starts every secret of the kind');
const prefixes = (first: string) =>
  z
    .array(prefix)
    .min(1)
    .max(4)
    .default([first])
    .describe('The first is for new secrets; the others are still known by it');

export const credentials = z
  .strictObject({
    password: z
      .boolean()
      .default(true)
      .describe('Let users log in with the password they were given'),
    prefixes: z
      .strictObject({
        personal_access_token: prefixes('glpat-'),
        deploy_token: prefixes('gldt-'),
        job_token: prefixes('glcbt-'),
        extended_job_token: prefixes('glxjt-'),
        refresh_token: prefixes('wprt-'),
      })
      .prefault({})
      .describe('How the kinds of secret are told apart'),
  })
  .prefault({})
  .describe('What a client may log in with');

export const jobs = z
  .strictObject({
    default_timeout: seconds(60, 30 * DAY)
      .default(3600)
      .describe('Time to the deadline of a job that names no timeout'),
    max_timeout: seconds(60, 30 * DAY)
      .default(DAY)
      .describe('The longest timeout that a job may ask for'),
    token_format: z
      .enum(['jwt', 'opaque'])
      .default('jwt')
      .describe('Form of a job token; either is good only while the job runs'),
    enforce_allowlist: z
      .boolean()
      .default(true)
      .describe('A project cannot switch its job token allowlist off'),
    after_job: z
      .strictObject({
        force: z
          .enum(['none', 'read'])
          .optional()
          .describe(
            'The same for every project; default: each project says it (none unless it says read)',
          ),
        max_age: seconds(HOUR, 366 * DAY)
          .default(90 * DAY)
          .describe('How long a password may still read after its job has ended'),
        write_attempts: z
          .int()
          .min(1)
          .max(100)
          .default(20)
          .describe('Attempts to push or delete within write_window that revoke such a password'),
        write_window: seconds(60, 30 * DAY)
          .default(HOUR)
          .describe('Time in which attempts are counted'),
      })
      .prefault({})
      .describe('What the password of a job is good for when the job has ended'),
    extended_token: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .describe(
            'Hand a second token to runners that can keep it, for what the user may reach elsewhere',
          ),
        executors: z
          .array(
            z.enum(['docker', 'docker+machine', 'docker-autoscaler', 'kubernetes', 'instance']),
          )
          .default(['docker', 'docker+machine', 'docker-autoscaler', 'kubernetes', 'instance'])
          .describe('Executors that are trusted with it; never shell or ssh'),
      })
      .prefault({})
      .describe('The extended job token'),
  })
  .prefault({})
  .describe('CI jobs and their tokens');

export const deployTokens = z
  .strictObject({
    automatic: z
      .enum(['off', 'auto_devops', 'all_non_public'])
      .default('all_non_public')
      .describe(
        'Which projects have a deploy token named gitlab-deploy-token without anybody making it',
      ),
    only_deployments: z
      .boolean()
      .default(false)
      .describe('Show it only to jobs that have an environment'),
    only_protected_refs: z
      .boolean()
      .default(false)
      .describe('Show it only to jobs on protected refs'),
    only_project_runners: z
      .boolean()
      .default(false)
      .describe('Show it only to jobs on runners of the project itself'),
    revoke_on_disable: z
      .boolean()
      .default(false)
      .describe(
        'Revoke it when a project switches it off; running clusters would lose their images',
      ),
    rotation_grace: seconds(0, 366 * DAY)
      .default(DAY)
      .describe('How long the old secret works after a rotation that names no time'),
    reminders: z
      .array(z.int().min(1).max(366))
      .max(10)
      .default([60, 30, 7])
      .describe('Days before an end or a due rotation at which a reminder is written'),
  })
  .prefault({})
  .describe('Deploy tokens');

export const audit = z
  .strictObject({
    file: z.boolean().default(true).describe('Keep the stream in <data_dir>/audit'),
    max_size: z.int().min(1).max(4096).default(64).describe('MB of one file of it'),
    keep: z.int().min(1).max(10_000).default(16).describe('Files that are kept'),
    stdout: z.boolean().default(false).describe('Write the stream to standard output as well'),
  })
  .prefault({})
  .describe('The stream of decisions and changes');
