/** Whatever the REST API can do, a command can. The server here only writes down what it is asked. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { API_ROUTES } from '../../src/http/api/routes.ts';
import { wharfpass } from './harness.ts';

const of = (kind: 'project' | 'group', path: string): string => `--${kind} ${path}`;

const members = (kind: 'project' | 'group', path: string): [string, string][] => [
  [`get /${kind}s/:id/members`, `member list ${of(kind, path)}`],
  [`get /${kind}s/:id/members/all`, `member list --all ${of(kind, path)}`],
  [`get /${kind}s/:id/members/:user_id`, `member show jane ${of(kind, path)}`],
  [`get /${kind}s/:id/members/all/:user_id`, `member show jane --all ${of(kind, path)}`],
  [`post /${kind}s/:id/members`, `member add jane --access guest ${of(kind, path)}`],
  [`put /${kind}s/:id/members/:user_id`, `member set jane --access guest ${of(kind, path)}`],
  [`delete /${kind}s/:id/members/:user_id`, `member remove jane ${of(kind, path)}`],
];

const deployTokens = (kind: 'project' | 'group', path: string): [string, string][] => {
  const [base, one] = [`/${kind}s/:id/deploy_tokens`, `/${kind}s/:id/deploy_tokens/:token_id`];
  const create = `deploy-token create --name t --scope read_registry ${of(kind, path)}`;
  return [
    [`get ${base}`, `deploy-token list ${of(kind, path)}`],
    [`post ${base}`, create],
    [`get ${one}`, `deploy-token show 3 ${of(kind, path)}`],
    [`delete ${one}`, `deploy-token revoke 3 ${of(kind, path)}`],
    [`post ${one}/rotate`, `deploy-token rotate 3 ${of(kind, path)}`],
    [`delete ${one}/secrets/:secret_id`, `deploy-token end-secret 3 5 ${of(kind, path)}`],
    [`put ${one}/rotation`, `deploy-token rotation 3 --every 9 ${of(kind, path)}`],
  ];
};

const allowlist = (kind: 'project' | 'group', list: string): [string, string][] => {
  const base = `/projects/:id/job_token_scope/${list}`;
  return [
    [`get ${base}`, 'allowlist list acme/app'],
    [`post ${base}`, `allowlist add acme/app ${of(kind, 'acme/lib')}`],
    [`patch ${base}/:target_id`, `allowlist set acme/app ${of(kind, 'acme/lib')}`],
    [`delete ${base}/:target_id`, `allowlist remove acme/app ${of(kind, 'acme/lib')}`],
  ];
};

const protection = (kind: 'repository' | 'tag', id: number): [string, string][] => {
  const base = `/projects/:id/registry/protection/${kind}/rules`;
  return [
    [`get ${base}`, 'protection list acme/app'],
    [`post ${base}`, `protection create acme/app --${kind} v* --push owner`],
    [`patch ${base}/:rule_id`, `protection update acme/app ${id} --push owner`],
    [`delete ${base}/:rule_id`, `protection delete acme/app ${id}`],
  ];
};

/** Route → a command line that asks it. */
const COMMAND_LINES = new Map<string, string>([
  ['get /user', 'whoami'],
  ['get /users', 'user list'],
  ['post /users', 'user create jane'],
  ['get /users/:id', 'user show jane'],
  ['put /users/:id', 'user update jane --external'],
  ['delete /users/:id', 'user delete jane --yes'],
  ['post /users/:id/block', 'user block jane'],
  ['post /users/:id/unblock', 'user unblock jane'],
  ['get /personal_access_tokens', 'token list'],
  [
    'post /users/:id/personal_access_tokens',
    'token create --user jane --name t --scope read_registry',
  ],
  ['get /personal_access_tokens/self', 'token show self'],
  ['delete /personal_access_tokens/self', 'token revoke self'],
  ['post /personal_access_tokens/self/rotate', 'token rotate self'],
  ['get /personal_access_tokens/:id', 'token show 3'],
  ['delete /personal_access_tokens/:id', 'token revoke 3'],
  ['post /personal_access_tokens/:id/rotate', 'token rotate 3'],
  ['get /groups', 'group list'],
  ['get /groups/:id/projects', 'project list --group acme'],
  ['get /groups/:id/subgroups', 'group list --parent acme'],
  ['get /groups/:id/descendant_groups', 'group list --parent acme --all'],
  ['get /users/:id/projects', 'project list --user jane'],
  ['post /groups', 'group create acme'],
  ['get /groups/:id', 'group show acme'],
  ['put /groups/:id', 'group update acme --name Acme'],
  ['delete /groups/:id', 'group delete acme --yes'],
  ['get /projects', 'project list'],
  ['post /projects', 'project create acme/app'],
  ['get /projects/:id', 'project show acme/app'],
  ['put /projects/:id', 'project update acme/app --name App'],
  ['delete /projects/:id', 'project delete acme/app --yes'],
  ['post /projects/:id/archive', 'project archive acme/app'],
  ['post /projects/:id/unarchive', 'project unarchive acme/app'],
  ...members('project', 'acme/app'),
  ...members('group', 'acme'),
  ...deployTokens('project', 'acme/app'),
  ...deployTokens('group', 'acme'),
  ['get /deploy_tokens', 'deploy-token list --expiring 30d'],
  ['get /projects/:id/registry_access', 'project registry-access acme/app'],
  ['patch /projects/:id/registry_access', 'project registry-access acme/app --auto-devops on'],
  ['post /projects/:id/jobs', 'job start --project acme/app --user jane'],
  ['put /projects/:id/jobs/:job_id', 'job finish 12 --project acme/app'],
  ['post /projects/:id/jobs/:job_id/heartbeat', 'job heartbeat 12 --project acme/app'],
  ['get /projects/:id/jobs', 'job list --project acme/app'],
  ['get /projects/:id/jobs/:job_id', 'job show 12 --project acme/app'],
  ['get /job', 'job self'],
  ['get /projects/:id/converted_job_tokens', 'converted-token list --project acme/app'],
  [
    'delete /projects/:id/converted_job_tokens/:token_id',
    'converted-token revoke 7 --project acme/app',
  ],
  ['get /projects/:id/job_token_scope', 'allowlist status acme/app'],
  ['patch /projects/:id/job_token_scope', 'allowlist off acme/app'],
  ...allowlist('project', 'allowlist'),
  ...allowlist('group', 'groups_allowlist'),
  ['get /projects/:id/job_token_scope/auth_log', 'project auth-log acme/app'],
  [
    'post /projects/:id/job_token_scope/auth_log/allow',
    'project auth-log acme/app --allow acme/lib',
  ],
  ...protection('repository', 1),
  ...protection('tag', 2),
  ['get /audit_events', 'audit list'],
  [
    'post /registry_access/explain',
    'explain --as jane --in-project acme/app --scope repository:acme/app:pull',
  ],
  ['post /revocations', 'revoke --user jane --yes'],
  ['post /revocations/secret', 'revoke --secret-file -'],
  ['get /directory/export', 'export'],
  ['post /directory/import', 'import directory.yml'],
  ['get /version', 'version'],
  ['get /metadata', 'pull-secret --project acme/app'],
]);

let server: Server;
let folder: string;
let env: Record<string, string>;
let seen: string[];

const REVOCATION = {
  dry_run: false,
  revoked: {},
  credentials: [],
  cursor: null,
  untouched: [],
  notes: [],
  self_left_out: null,
  deploy_tokens_shown: { action: 'report', tokens: [] },
};

/** As much of an answer as a command needs to go on. */
function answer(method: string, path: string): unknown {
  if (path.includes('/protection/')) {
    return method === 'GET'
      ? [path.includes('/tag/') ? { id: 2, tag_name_pattern: 'v' } : { id: 1 }]
      : {};
  }
  if (path === '/directory/export') return { records: [], next: null, key_fingerprint: null };
  if (path === '/directory/import') return { created: 1, errors: [] };
  if (path === '/revocations') return REVOCATION;
  if (path === '/revocations/secret') {
    return {
      credential: { kind: 'jobs', id: 1, name: null },
      was_live: true,
      registry_tokens_expire_at: null,
    };
  }
  if (path === '/users') return [{ id: 4 }];
  if (path.endsWith('/registry_access')) return { effective: {} };
  if (path.endsWith('/explain')) return { resources: [] };
  if (path.endsWith('/personal_access_tokens/self') || path === '/user') return { scopes: [] };
  if (path === '/metadata') return { registry: 'registry.example.com' };
  const lists = /(s|\/all|list|log)$/.test(path) && !/\/\d+$/.test(path);
  if (method === 'GET' && lists) return [];
  return { id: 3, token: 'gldt-x', secrets: [], scopes: [] };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wharfpass-routes-'));
  writeFileSync(
    join(folder, 'directory.yml'),
    'wharfpass_export: 1\nusers:\n  - {"username":"jane"}\n',
  );
  server = createServer((req, res) => {
    const { pathname } = new URL(req.url ?? '', 'http://x');
    const path = pathname.replace('/api/v4', '');
    const { method = '' } = req;
    seen.push(`${method.toLowerCase()} ${path}`);
    req.resume().on('end', () => res.end(JSON.stringify(answer(method, path))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  env = { WHARFPASS_URL: url, WHARFPASS_TOKEN: 'glpat-of-a-test' };
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await new Promise((resolve) => server.close(resolve));
});

const routes = API_ROUTES.map(({ method, path }) => `${method} ${path}`);

test('every route has a command line, and no line is left of a route that is gone', () => {
  expect([...COMMAND_LINES.keys()].toSorted()).toEqual(routes.toSorted());
});

test.each([...COMMAND_LINES])('%s: wharfpass %s', async (route, line) => {
  seen = [];
  const { exitCode, stderr } = await wharfpass(line.split(' '), {
    env,
    cwd: folder,
    secret: 'gldt-leaked',
  });
  expect([stderr, exitCode]).toEqual([expect.not.stringContaining('fault'), EXIT.ok]);
  const pattern = new RegExp(`^${route.replaceAll(/:\w+/g, '[^/]+')}$`);
  expect(seen).toContainEqual(expect.stringMatching(pattern));
});
