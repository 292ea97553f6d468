/** What happens to a project. */
import { ensureAutomatic, learnAutomatic, liveAutomatic, revoke } from './automatic.ts';
import type { Life } from './life.ts';
import { refusal, success, type Chapter, type Turn } from './turn.ts';

/** A step after which the automatic token is as the project's switches say, or as it was. */
function changed(life: Life, now: number, step: Turn['step']): Turn {
  const automatic = liveAutomatic(life, now) !== undefined;
  return success(step, { automatic }, { learn: (made) => learnAutomatic(life, made, now) });
}

export const changeVisibility: Chapter = (life, random, now) => {
  const { project } = life;
  const visibility = random.pick(['private', 'internal', 'public'] as const);
  const step = { do: 'project', project: project.id, fields: { visibility } };
  if (project.gone) return refusal(step, 'not_found');
  // Nobody needed one while it was public, so that whoever declined it is asked anew.
  if (project.visibility === 'public' && visibility !== 'public') project.declined = false;
  project.visibility = visibility;
  ensureAutomatic(life, now);
  return changed(life, now, step);
};

export const switchJobs: Chapter = (life, random) => {
  const { project } = life;
  const jobsEnabled = project.jobs ? random.oneIn(2) : !random.oneIn(4);
  const step = { do: 'project', project: project.id, fields: { jobsEnabled } };
  if (project.gone) return refusal(step, 'not_found');
  project.jobs = jobsEnabled;
  return success(step);
};

export const switchAfterJob: Chapter = (life, random, now) => {
  const { project } = life;
  const jobTokenAfterJob = random.oneIn(3) ? 'none' : 'read';
  const step = { do: 'access', project: project.id, fields: { jobTokenAfterJob } };
  if (project.gone) return refusal(step, 'not_found');
  project.afterJob = jobTokenAfterJob;
  ensureAutomatic(life, now);
  return changed(life, now, step);
};

export const switchAutomatic: Chapter = (life, random, now) => {
  const { project, instance } = life;
  const autoDeployToken = random.pick([true, false, null]);
  const step = { do: 'access', project: project.id, fields: { autoDeployToken } };
  if (project.gone) return refusal(step, 'not_found');
  project.automatic = autoDeployToken;
  project.declined = false;
  ensureAutomatic(life, now);
  const unwanted = autoDeployToken === false ? liveAutomatic(life, now) : undefined;
  if (instance.revokeOnDisable && unwanted !== undefined) revoke(life, unwanted);
  return changed(life, now, step);
};

export const deleteProject: Chapter = ({ project }) => {
  const step = { do: 'deleteProject', project: project.id };
  if (project.gone) return refusal(step, 'not_found');
  project.gone = true;
  return success(step);
};
