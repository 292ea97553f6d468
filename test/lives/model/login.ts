/** What the token endpoint says to a login, as docs/rules.md has it. */
import type { DeployToken, Job, Key, Life, Pat, Secret } from './life.ts';

/** Whom the token is for, what it lets its bearer do in the own project, and when the credential behind it ends. */
export interface Admission {
  readonly sub: string;
  readonly granted: readonly string[];
  readonly ends: number | null;
}

const MINUTE = 60_000;

const sooner = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);

const over = (end: number | null, now: number): boolean => end !== null && end <= now;

/** What someone of this level may do in the project; a job may delete what a Developer may, a person less. */
function byRole({ project }: Life, level: number, leastToDelete: number): string[] {
  if (project.gone) return [];
  return [
    ...(level >= 20 || project.visibility !== 'private' ? ['pull'] : []),
    ...(level >= 30 ? ['push'] : []),
    ...(level >= leastToDelete ? ['delete'] : []),
  ];
}

const PERMITTED: Readonly<Record<string, readonly string[]>> = {
  none: [],
  read: ['pull'],
  write: ['pull', 'push'],
  delete: ['pull', 'push', 'delete'],
};

function runningJob(life: Life, job: Job, now: number): Admission | null {
  const { project } = life;
  if (project.gone || !project.jobs || job.erased || job.person.blocked) return null;
  if (job.deadline <= now || job.leaseUntil <= now) return null;
  const permitted = PERMITTED[job.permissions ?? 'delete'] ?? [];
  const granted = byRole(life, job.person.level, 30).filter((each) => permitted.includes(each));
  return { sub: `job:${job.id}`, granted, ends: job.deadline };
}

/** Counts an attempt to write, as the endpoint does (docs/jobs.md, "Attempts to write"). */
function endedJob(life: Life, job: Job, actions: readonly string[], now: number): Admission | null {
  const { project, instance } = life;
  const { turned } = job;
  if (project.gone || !project.jobs || project.afterJob !== 'read') return null;
  if (turned === null || turned.revoked || job.erased || job.person.blocked) return null;
  if (turned.until <= now) return null;
  if (actions.some((action) => action !== 'pull')) {
    turned.attempts.push(now);
    const since = now - instance.writeWindow * 1000;
    const recent = turned.attempts.filter((at) => at > since);
    if (recent.length >= instance.writeAttempts) turned.revoked = true;
    if (turned.revoked) return null;
  }
  const granted = byRole(life, job.person.level, 30).filter((each) => each === 'pull');
  return { sub: `job:${job.id}`, granted, ends: turned.until };
}

function deployToken(
  life: Life,
  token: DeployToken,
  secret: Secret,
  now: number,
): Admission | null {
  if (life.project.gone || token.revoked) return null;
  if (over(token.ends, now) || over(secret.ends, now)) return null;
  const granted = [
    ...(token.scopes.includes('read_registry') ? ['pull'] : []),
    ...(token.scopes.includes('write_registry') ? ['push'] : []),
  ];
  if (granted.length === 0) return null;
  return { sub: `deploy_token:${token.id}`, granted, ends: sooner(token.ends, secret.ends) };
}

const OPENED_BY: Readonly<Record<string, readonly string[]>> = {
  api: ['pull', 'push', 'delete'],
  read_api: ['pull'],
  read_registry: ['pull'],
  write_registry: ['push'],
};

function pat(life: Life, { person, scopes, ends, revoked }: Pat, now: number): Admission | null {
  if (revoked || over(ends, now) || person.blocked) return null;
  const opened = scopes.flatMap((scope) => OPENED_BY[scope] ?? []);
  if (opened.length === 0) return null;
  const granted = byRole(life, person.level, 40).filter((action) => opened.includes(action));
  return { sub: `user:${person.name}`, granted, ends };
}

function judge(life: Life, { owner }: Key, actions: readonly string[], now: number) {
  switch (owner.kind) {
    case 'job':
      return owner.job.endedAt === null
        ? runningJob(life, owner.job, now)
        : endedJob(life, owner.job, actions, now);
    case 'extended':
      return owner.job.endedAt === null ? runningJob(life, owner.job, now) : null;
    case 'deploy':
      return deployToken(life, owner.token, owner.secret, now);
    case 'pat':
      return pat(life, owner.pat, now);
  }
}

/** null: 401. May count, so each login is to be foretold once, in the order in which they happen. */
export function foretellLogin(
  life: Life,
  key: Key,
  actions: readonly string[],
  now: number,
): Admission | null {
  const admission = judge(life, key, actions, now);
  if (admission === null) return null;
  // A token lives for a minute at least, and never longer than what it was given for.
  if (admission.ends !== null && admission.ends - now < MINUTE) return null;
  const granted = admission.granted.filter((action) => actions.includes(action)).toSorted();
  return { ...admission, granted };
}
