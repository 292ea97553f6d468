/** What the benchmark asks wharfpass about: a thousand projects of each kind, and the credentials that open them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toRequests } from './requests.mjs';

const PROJECTS = 1000;
const AT_ONCE = 32;

export const basic = (username, password) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

export const tokenPath = (repository, actions) =>
  `/token?service=container_registry&scope=repository%3A${repository.replaceAll('/', '%2F')}%3A${actions}`;

function createClient(url, adminToken) {
  return async function post(path, body) {
    const response = await fetch(`${url}/api/v4${path}`, {
      method: 'POST',
      headers: { 'PRIVATE-TOKEN': adminToken, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.status !== 201) throw new Error(`${path}: ${await response.text()}`);
    return response.json();
  };
}

/** Calls `make` with 0 … count - 1, some at once; resolves to the results in order. */
async function times(count, make) {
  const results = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const length = Math.min(AT_ONCE, count - from);
    results.push(...(await Promise.all(Array.from({ length }, (_, index) => make(from + index)))));
  }
  return results;
}

/**
 * Fills a running server and writes one file of requests per kind of credential; resolves to what each kind is called,
 * its file, and the access that each answer must hold.
 */
export async function fillDirectory({ url, dataDir, folder }) {
  const post = createClient(url, readFileSync(join(dataDir, 'admin-token'), 'utf8').trim());
  const group = await post('/groups', { path: 'bench', name: 'bench' });
  const user = await post('/users', { username: 'jane', name: 'Jane' });
  await post(`/groups/${group.id}/members`, { user_id: user.id, access_level: 30 });
  const projects = (visibility) =>
    times(PROJECTS, (index) =>
      post('/projects', { path: `${visibility}-${index}`, namespace_id: 'bench', visibility }),
    );
  const open = await projects('public');
  const closed = await projects('private');
  const deployToken = await post(`/groups/${group.id}/deploy_tokens`, {
    name: 'bench',
    scopes: ['read_registry'],
  });
  const accessToken = await post(`/users/${user.id}/personal_access_tokens`, {
    name: 'bench',
    scopes: ['read_registry', 'write_registry'],
  });
  const jobs = (token_format) =>
    times(PROJECTS, (index) =>
      post(`/projects/${closed[index].id}/jobs`, { user_id: user.id, token_format }),
    );
  const [signed, opaque] = [await jobs('jwt'), await jobs('opaque')];

  const kind = (name, file, actions, list, authorization) => {
    const pairs = list.map(({ path }, index) => [
      tokenPath(`bench/${path}`, actions.join(',')),
      authorization(index),
    ]);
    return { name, requests: toRequests(join(folder, file), pairs), actions };
  };
  const job = (list) => (index) => basic('gitlab-ci-token', list[index].token);
  return [
    kind('anonymous, public image, pull', 'anonymous', ['pull'], open, () => ''),
    kind('deploy token, pull', 'deploy-token', ['pull'], closed, () =>
      basic(deployToken.username, deployToken.token),
    ),
    kind('personal access token, pull and push', 'access-token', ['pull', 'push'], closed, () =>
      basic('jane', accessToken.token),
    ),
    kind('job token, opaque, pull and push', 'job-opaque', ['pull', 'push'], closed, job(opaque)),
    kind('job token, signed, pull and push', 'job-signed', ['pull', 'push'], closed, job(signed)),
  ];
}
