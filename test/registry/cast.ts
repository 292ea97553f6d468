/** Who plays in the end-to-end tests: users, projects, jobs and tokens, made over the REST API. */
import { unique, type Login, type World } from './world.ts';

export const REPORTER = 20;
export const DEVELOPER = 30;
export const MAINTAINER = 40;
export const OWNER = 50;

export interface Person {
  readonly id: number;
  readonly username: string;
}

export interface Project {
  readonly id: number;
  readonly path: string;
}

export interface Job {
  readonly id: number;
  readonly login: Login;
  /** Milliseconds. */
  readonly deadline: number;
  readonly credentials: readonly {
    type: string;
    url: string;
    username: string;
    password: string;
  }[];
  readonly variables: readonly { key: string; value: string; masked: boolean }[];
}

export interface DeployToken {
  readonly id: number;
  readonly login: Login;
}

export function makePerson(world: World, fields: object = {}): Promise<Person> {
  const username = `u${unique()}`;
  return world.api('POST', '/users', { username, name: username, ...fields }, 201);
}

/** A project in a group of its own, so that no test sees another's members. */
export async function makeProject(world: World, visibility = 'private'): Promise<Project> {
  const group = `g${unique()}`;
  await world.api('POST', '/groups', { path: group, name: group }, 201);
  const body = { path: 'app', name: 'app', namespace_id: group, visibility };
  const { id } = await world.api<{ id: number }>('POST', '/projects', body, 201);
  return { id, path: `${group}/app` };
}

export async function addMember(
  world: World,
  project: Project,
  person: Person,
  level: number,
): Promise<void> {
  const body = { user_id: person.id, access_level: level };
  await world.api('POST', `/projects/${project.id}/members`, body, 201);
}

interface StartedJob extends Omit<Job, 'login' | 'deadline'> {
  readonly token: string;
  readonly deadline: string;
}

export async function startJob(
  world: World,
  project: Project,
  person: Person,
  fields: object = {},
): Promise<Job> {
  const body = { user_id: person.id, ...fields };
  const job = await world.api<StartedJob>('POST', `/projects/${project.id}/jobs`, body, 201);
  const login = { username: 'gitlab-ci-token', password: job.token };
  return { ...job, login, deadline: Date.parse(job.deadline) };
}

export async function finishJob(
  world: World,
  project: Project,
  job: Job,
  status = 'success',
): Promise<void> {
  await world.api('PUT', `/projects/${project.id}/jobs/${job.id}`, { status });
}

export async function makeDeployToken(
  world: World,
  project: Project,
  scopes: readonly string[],
): Promise<DeployToken> {
  const path = `/projects/${project.id}/deploy_tokens`;
  const made = await world.api<{ id: number; username: string; token: string }>(
    'POST',
    path,
    { name: 'production', scopes },
    201,
  );
  return { id: made.id, login: { username: made.username, password: made.token } };
}

export async function makeAccessToken(
  world: World,
  person: Person,
  scopes: readonly string[],
): Promise<Login> {
  const path = `/users/${person.id}/personal_access_tokens`;
  const { token } = await world.api<{ token: string }>('POST', path, { name: 'test', scopes }, 201);
  return { username: person.username, password: token };
}

/** A private project with one Developer, and what is needed to push to it as a job. */
export async function makeWorkplace(
  world: World,
  visibility = 'private',
): Promise<{ project: Project; developer: Person }> {
  const [project, developer] = await Promise.all([
    makeProject(world, visibility),
    makePerson(world),
  ]);
  await addMember(world, project, developer, DEVELOPER);
  return { project, developer };
}
