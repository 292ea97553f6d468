import { always, everybody, type Expectations, type Who } from './expectation.ts';

/** GitLab says 401 to all that is not the caller's own, and to administrators 404 where there is none. */
const holder: Who = {
  text: 'the user whose token it is; administrators',
  says: ({ person }, { name, tenant }) => {
    if (person.admin) return tenant === null ? 404 : 'ok';
    return name === 'a token of their own' ? 'ok' : 401;
  },
};

export const personalAccessTokenExpectations: Expectations = {
  'GET /personal_access_tokens': [
    { who: everybody, ok: 200 },
    {
      when: 'of somebody else (`user_id`)',
      who: { text: 'administrators', says: ({ person }) => (person.admin ? 'ok' : 401) },
      ok: 200,
      query: '?user_id=1',
    },
  ],
  'GET /personal_access_tokens/self': { who: everybody, ok: 200, scopes: 'any' },
  'DELETE /personal_access_tokens/self': { who: everybody, ok: 204, scopes: 'any', spends: true },
  'GET /personal_access_tokens/:id': { who: holder, ok: 200 },
  'DELETE /personal_access_tokens/:id': { who: holder, ok: 204 },
  'POST /personal_access_tokens/self/rotate': {
    who: everybody,
    ok: 200,
    scopes: ['api', 'self_rotate'],
    jobs: always(405, 'none (405)'),
    spends: true,
  },
  'POST /personal_access_tokens/:id/rotate': { who: holder, ok: 200 },
};
