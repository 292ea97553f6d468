/** What no caller may say, because only the server knows it or because it is another route's business. */
import { expect, test } from '@jest/globals';
import type { Cell, RouteName } from './cells.ts';
import { each } from './client.ts';
import { casesOf } from './expectations.ts';
import { runCell } from './run-cell.ts';
import type { Scene } from './scene.ts';

const FORBIDDEN: Readonly<Record<string, unknown>> = {
  admin: true,
  is_admin: true,
  external: false,
  state: 'active',
  id: 1,
  user_id: 1,
  owner_id: 1,
  creator_id: 1,
  created_by: 1,
  project_id: 1,
  group_id: 1,
  access_level: 50,
  scopes: ['api'],
  token: 'glpat-chosen-by-the-caller',
  hash: 'x',
  password_hash: 'x',
  secrets: [],
  origin: 'auto',
  managed_by: 'file',
  revoked: false,
  created_at: '2020-01-01T00:00:00Z',
  last_used_at: '2020-01-01T00:00:00Z',
  path_with_namespace: 'globex/app',
  full_path: 'globex',
};

/** Of these, what a route does take. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  'GET /users': ['external'],
  'POST /users': ['admin', 'external'],
  'PUT /users/:id': ['admin', 'external'],
  'GET /personal_access_tokens': ['user_id', 'state'],
  'POST /users/:id/personal_access_tokens': ['scopes'],
  'POST /projects/:id/members': ['user_id', 'access_level'],
  'PUT /projects/:id/members/:user_id': ['access_level'],
  'POST /groups/:id/members': ['user_id', 'access_level'],
  'PUT /groups/:id/members/:user_id': ['access_level'],
  'POST /projects/:id/deploy_tokens': ['scopes'],
  'POST /groups/:id/deploy_tokens': ['scopes'],
  'POST /projects/:id/jobs': ['user_id'],
  'GET /audit_events': ['user_id', 'project_id'],
};

/** A refusal names ten fields at most, and one may be missing besides. */
const AT_ONCE = 9;

export function forbiddenFields(scene: () => Scene, { method, path }: RouteName): void {
  const route = `${method} ${path}`;
  const names = Object.keys(FORBIDDEN).filter((name) => !TAKES[route]?.includes(name));
  test('T43: refuses by its name what is not the caller’s to say', async () => {
    const { places, callers, people } = scene();
    const [expectation] = casesOf(route);
    const caller = callers.find(({ name, kind }) =>
      expectation?.jobsOnly ? kind === 'job' : name === 'administrator',
    );
    if (expectation === undefined || caller === undefined) throw new Error(`no case of ${route}`);
    const ids = { '/users/:id': people.guinea.id, '/personal_access_tokens/:id': 1 };
    const place = { ...places.home, ids: { ...ids, ...places.home.ids } };
    const parts = Array.from({ length: Math.ceil(names.length / AT_ONCE) }, (_none, part) =>
      names.slice(part * AT_ONCE, (part + 1) * AT_ONCE),
    );
    const faults = await each(parts, async (part) => {
      const fields = Object.fromEntries(part.map((name) => [name, FORBIDDEN[name]]));
      const query = `?${part.map((name) => `${name}=1`).join('&')}`;
      const cell: Cell = {
        method,
        path,
        caller,
        place,
        verdict: 403,
        expectation:
          method === 'GET'
            ? { ...expectation, query }
            : { ...expectation, body: (sample) => ({ ...expectation.body?.(sample), ...fields }) },
      };
      const { got } = await runCell(scene(), cell);
      const unnamed = part.filter((name) => !got.text.includes(`${name} is unknown here`));
      if (got.status === 400 && unnamed.length === 0) return [];
      return [`${route}: ${unnamed.join(', ')} → 400 by name, got ${got.status} ${got.text}`];
    });
    expect(faults.flat()).toEqual([]);
  });
}
