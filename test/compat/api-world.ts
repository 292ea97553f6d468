/** What an API server is filled with, so that requests with small numbers find something. */
import type { ApiServer } from './api-server.ts';

interface Made {
  readonly id: number;
  readonly token: string;
}

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_one, index) => from + index);

/** The objects that are kept; what is above is there to be deleted. */
const KEPT = [1, 2, 3, 4] as const;

async function fillDirectory({ api }: ApiServer): Promise<void> {
  for (const number of range(2, 40)) {
    await api('POST', '/users', { username: `user-${number}`, name: `User ${number}` });
  }
  await api('POST', '/groups', { name: 'Acme', path: 'acme' });
  await api('POST', '/projects', { path: 'app', namespace_id: 'acme' });
  for (const number of range(2, 40)) {
    const namespace = number <= 4 ? 'acme' : `group-${number}`;
    await api('POST', '/groups', { name: `Group ${number}`, path: `group-${number}` });
    await api('POST', '/projects', { path: `app-${number}`, namespace_id: namespace });
  }
}

async function fillKept({ api }: ApiServer, id: number): Promise<void> {
  const scopes = ['read_registry'];
  for (const holder of [`/projects/${id}`, `/groups/${id}`]) {
    await api('POST', `${holder}/deploy_tokens`, { name: 'cluster', scopes });
    for (const user_id of KEPT.slice(1)) {
      await api('POST', `${holder}/members`, { user_id, access_level: 30 });
    }
  }
  await api('POST', `/projects/${id}/jobs`, { user_id: id, name: 'build' });
  const project = await api<{ path_with_namespace: string }>('GET', `/projects/${id}`);
  const level = { minimum_access_level_for_push: 'owner' };
  const rules = `/projects/${id}/registry/protection`;
  await api('POST', `${rules}/repository/rules`, {
    repository_path_pattern: `${project.path_with_namespace}/prod*`,
    ...level,
  });
  await api('POST', `${rules}/tag/rules`, { tag_name_pattern: 'v*', ...level });
  const scope = `/projects/${id}/job_token_scope`;
  await api('POST', `${scope}/allowlist`, { target_project_id: (id % 4) + 1 });
  await api('POST', `${scope}/groups_allowlist`, { target_group_id: id });
}

/** Resolves to the token of a job in project 1. */
export async function fillApiWorld(server: ApiServer): Promise<string> {
  const { api } = server;
  await fillDirectory(server);
  for (const id of KEPT) await fillKept(server, id);
  for (const number of range(2, 40)) {
    const path = `/users/${(number % 3) + 2}/personal_access_tokens`;
    await api('POST', path, { name: 'spare', scopes: ['api'] });
  }
  return (await api<Made>('POST', '/projects/1/jobs', { user_id: 1 })).token;
}

/** Resolves to the token of somebody new who is Maintainer of what is kept. */
export async function makeMaintainer({ api }: ApiServer): Promise<string> {
  const { id: user_id } = await api<Made>('POST', '/users', { username: 'maintainer', name: 'M' });
  for (const id of KEPT) {
    await api('POST', `/projects/${id}/members`, { user_id, access_level: 40 });
    await api('POST', `/groups/${id}/members`, { user_id, access_level: 40 });
  }
  const body = { name: 'own', scopes: ['api', 'create_job'] };
  return (await api<Made>('POST', `/users/${user_id}/personal_access_tokens`, body)).token;
}
