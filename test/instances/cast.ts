/** Who asks: made over the REST API of any instance. */
import { randomBytes } from 'node:crypto';
import type { Client, Login } from './client.ts';

const DEVELOPER = 30;

export const unique = (): string => randomBytes(5).toString('hex');

export interface Project {
  readonly id: number;
  readonly path: string;
  readonly scope: string;
}

export interface Person {
  readonly id: number;
  readonly username: string;
}

export interface Started {
  readonly id: number;
  readonly login: Login;
}

export async function makeProject(client: Client, visibility: string): Promise<Project> {
  const group = `g${unique()}`;
  await client.api('POST', '/groups', { path: group, name: group, visibility });
  const body = { path: 'app', name: 'app', namespace_id: group, visibility };
  const { id } = await client.api<{ id: number }>('POST', '/projects', body);
  return { id, path: `${group}/app`, scope: `repository:${group}/app:pull` };
}

export async function makeMember(client: Client, project: Project): Promise<Person> {
  const username = `u${unique()}`;
  const person = await client.api<Person>('POST', '/users', { username, name: username });
  const body = { user_id: person.id, access_level: DEVELOPER };
  await client.api('POST', `/projects/${project.id}/members`, body);
  return person;
}

export async function makeAccessToken(client: Client, person: Person): Promise<Started> {
  const path = `/users/${person.id}/personal_access_tokens`;
  const body = { name: 'test', scopes: ['read_registry'] };
  const { id, token } = await client.api<{ id: number; token: string }>('POST', path, body);
  return { id, login: { username: person.username, password: token } };
}

export async function makeDeployToken(client: Client, project: Project): Promise<Started> {
  const path = `/projects/${project.id}/deploy_tokens`;
  const body = { name: 'test', scopes: ['read_registry'] };
  const made = await client.api<{ id: number; username: string; token: string }>(
    'POST',
    path,
    body,
  );
  return { id: made.id, login: { username: made.username, password: made.token } };
}

export async function startJob(client: Client, project: Project, user: Person): Promise<Started> {
  const path = `/projects/${project.id}/jobs`;
  const { id, token } = await client.api<{ id: number; token: string }>('POST', path, {
    user_id: user.id,
  });
  return { id, login: { username: 'gitlab-ci-token', password: token } };
}
