import type { Scope } from './callers.ts';
import { administrators, everybody, type Expectations } from './expectation.ts';

const READ_USER: readonly Scope[] = ['api', 'read_api', 'read_user'];

/** What is about the whole server: but for its version, nobody's but the administrators'. */
export const instanceExpectations: Expectations = {
  'GET /version': { who: everybody, ok: 200, scopes: READ_USER },
  'GET /metadata': { who: everybody, ok: 200, scopes: READ_USER },
  'GET /audit_events': { who: administrators, ok: 200 },
  'GET /directory/export': [
    { who: administrators, ok: 200, query: '?kind=users' },
    {
      when: 'with hashes (`credentials`)',
      who: {
        text: 'administrators, with `api`',
        says: ({ person, scopes }) => (person.admin && scopes.includes('api') ? 'ok' : 403),
      },
      ok: 200,
      query: '?kind=users&credentials=true',
    },
  ],
  'POST /directory/import': {
    who: administrators,
    ok: 200,
    body: ({ n }) => ({ kind: 'groups', records: [{ path: `made-${n}` }] }),
  },
  'POST /revocations': { who: administrators, ok: 200, body: () => ({ runner_id: 999_999 }) },
  'POST /revocations/secret': {
    who: administrators,
    ok: 200,
    body: () => ({ secret: 'glpat-of-nobody' }),
  },
};
