/** What happens to the passwords of ended jobs. */
import type { Job, Life } from './life.ts';
import { refusal, success, type Chapter } from './turn.ts';

const stillReading = ({ jobs }: Life, now: number): Job[] =>
  jobs.filter(({ turned }) => turned !== null && !turned.revoked && turned.until > now);

/** Somebody pushes, which is counted. */
export const tryToPush: Chapter = (life, random, now) => {
  const jobs = stillReading(life, now);
  if (jobs.length === 0) return null;
  const job = random.pick(jobs);
  const key = life.keys.find(({ owner }) => owner.kind === 'job' && owner.job === job);
  if (key === undefined) return null;
  const attempt = { key, actions: random.pick([['push'], ['pull', 'push'], ['delete']]) };
  const logins = random.oneIn(2) ? [attempt] : [attempt, attempt];
  return success({ do: 'nothing' }, {}, { logins });
};

export const revokeTurned: Chapter = (life, random, now) => {
  const jobs = stillReading(life, now);
  if (jobs.length === 0) return null;
  const { turned } = random.pick(jobs);
  if (turned === null) return null;
  const { project } = life;
  const step = { do: 'revokeConverted', project: project.id, convertedId: turned.id };
  if (project.gone) return refusal(step, 'not_found');
  turned.revoked = true;
  return success(step);
};
