/** Sentences of the layers that concern jobs alone. */
import { needsNoEntry } from '../policy/layers.ts';
import {
  anyOf,
  jobOf,
  maintainerOf,
  routeOf,
  type Sentences,
  type TargetContext,
} from './context.ts';

type JobLayer =
  'after_job' | 'own_project' | 'allowlist' | 'entry_permission' | 'job_permission' | 'token_scope';

const NO_JOB = 'It concerns jobs alone.';

/** For a job the given sentence, for everybody else that it is about jobs. */
const forJobs =
  (sentence: (context: TargetContext) => string) =>
  (context: TargetContext): string =>
    jobOf(context) === null ? NO_JOB : sentence(context);

const homeOf = ({ names }: TargetContext): string => names.home ?? "the job's project";

const isHome = (context: TargetContext): boolean =>
  jobOf(context)?.projectId === context.target.projectId;

function allowlistSilent(context: TargetContext): string {
  const { target } = context;
  const job = jobOf(context);
  if (isHome(context)) return `${context.names.who} is in its own project.`;
  if (job !== null && needsNoEntry(job, context)) {
    return `${target.projectPath} is ${target.visibility} and open to ${job.actor.username} for pull.`;
  }
  return `The job token allowlist of ${target.projectPath} is switched off.`;
}

const entryRoute = (context: TargetContext): string =>
  `${routeOf(context.target)}/job_token_scope/allowlist`;

const permissionFor = ({ action }: TargetContext): string =>
  action === 'pull' ? 'READ_CONTAINERS' : 'ADMIN_CONTAINERS';

function pushElsewhere(context: TargetContext): string {
  const { target, action } = context;
  if (jobOf(context)?.extended === true && action === 'push') {
    return `An extended token pushes to ${target.projectPath} only if its allowlist gives ${homeOf(context)} ADMIN_CONTAINERS by name.`;
  }
  return `${context.names.who} may ${action} in its own project alone, whoever its user is, and ${target.projectPath} is another.`;
}

export const JOB_SENTENCES: Readonly<Record<JobLayer, Sentences<TargetContext>>> = {
  after_job: {
    passed: (context) => `The job has ended, and pulling from ${homeOf(context)} is left to it.`,
    refused: (context) =>
      `The job has ended: what is left to it is to pull from ${homeOf(context)}.`,
    remedy: () => 'Do it while a job runs, or with a deploy token.',
    notConcerned: forJobs(() => 'The job has not ended.'),
  },
  own_project: {
    passed: (context) =>
      isHome(context)
        ? `${context.names.who} is in its own project.`
        : context.action === 'pull'
          ? 'Jobs of other projects may pull, as far as the other layers let them.'
          : `The allowlist of ${context.target.projectPath} gives ${homeOf(context)} ADMIN_CONTAINERS by name, and the token is an extended one.`,
    refused: pushElsewhere,
    remedy: (context) =>
      jobOf(context)?.extended === true && context.action === 'push'
        ? `${maintainerOf(context.target)} gives ${homeOf(context)} ADMIN_CONTAINERS (POST ${entryRoute(context)}).`
        : `Let a job of ${context.target.projectPath} do it, or use a deploy token of ${context.target.projectPath}.`,
    notConcerned: () => NO_JOB,
  },
  allowlist: {
    passed: (context) =>
      `The job token allowlist of ${context.target.projectPath} names ${homeOf(context)} or a group above it.`,
    refused: (context) => {
      const off = context.target.allowlistEnabled
        ? ''
        : ' It is switched off, which this server counts as an empty one (jobs.enforce_allowlist).';
      return `The job token allowlist of ${context.target.projectPath} names neither ${homeOf(context)} nor a group above it.${off}`;
    },
    remedy: (context) =>
      `${maintainerOf(context.target)} adds ${homeOf(context)} (POST ${entryRoute(context)} with {"target_project_id": ${jobOf(context)?.projectId ?? 0}}).`,
    notConcerned: forJobs(allowlistSilent),
  },
  entry_permission: {
    passed: (context) =>
      context.target.allowlistEntry?.policies === null
        ? `The entry that lets ${homeOf(context)} in is not limited.`
        : `The entry that lets ${homeOf(context)} in has the permission for ${context.action}.`,
    refused: (context) => {
      const policies = context.target.allowlistEntry?.policies ?? [];
      const limits = policies.length === 0 ? 'nothing' : policies.join(', ');
      return `The entry that lets ${homeOf(context)} in is limited to ${limits}, and ${context.action} needs ${permissionFor(context)}.`;
    },
    remedy: (context) =>
      `${maintainerOf(context.target)} adds ${permissionFor(context)} to the entry (PATCH ${entryRoute(context)}/${jobOf(context)?.projectId ?? 0}, or under groups_allowlist where a group is listed).`,
    notConcerned: forJobs(() => 'No entry of an allowlist is in question.'),
  },
  job_permission: {
    passed: (context) =>
      `The job's own permissions (containers: ${jobOf(context)?.permissions}) include ${context.action}.`,
    refused: (context) =>
      `The job's own permissions (containers: ${jobOf(context)?.permissions}) do not include ${context.action}.`,
    remedy: ({ action }) => {
      const needed = { pull: 'read', push: 'write', delete: 'delete' }[action];
      return `Start the job with permissions: {containers: ${needed}}, or without permissions.`;
    },
    notConcerned: forJobs(() => 'The job names no permissions of its own.'),
  },
  token_scope: {
    passed: ({ action }) => `The claims of the signed job token include ${action} here.`,
    refused: (context) => {
      const claims = [...(jobOf(context)?.scopeCap?.keys() ?? [])];
      return `The claims of the signed job token do not include ${context.action} on ${context.target.projectPath}; they name ${anyOf(claims)}.`;
    },
    remedy: ({ target }) =>
      `The claims are written when a job starts: start one whose permissions include it, in ${target.projectPath} itself for more than pull.`,
    notConcerned: forJobs(() => 'The token carries no claims of its own.'),
  },
};
