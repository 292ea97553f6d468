import {
  administrators,
  administratorsIfThere,
  everybody,
  type Expectations,
  type Who,
} from './expectation.ts';
import type { Scope } from './callers.ts';

const READ_USER: readonly Scope[] = ['api', 'read_api', 'read_user'];

const ifThere: Who = { text: 'everybody', says: (_caller, { tenant }) => (tenant ? 'ok' : 404) };

const notThemselves: Who = {
  text: 'administrators, not on themselves',
  says: (caller, place) =>
    place.name === 'themselves' ? 403 : administratorsIfThere.says(caller, place),
};

const themselvesToo: Who = {
  text: 'administrators, and users for themselves',
  says: (caller, place) =>
    place.name === 'themselves' ? 'ok' : administratorsIfThere.says(caller, place),
};

export const userExpectations: Expectations = {
  'GET /user': { who: everybody, ok: 200, scopes: READ_USER },
  'GET /users': { who: everybody, ok: 200, scopes: READ_USER },
  'GET /users/:id': { who: ifThere, ok: 200, scopes: READ_USER },
  'GET /users/:id/projects': {
    who: { ...ifThere, text: 'everybody: what they may see' },
    ok: 200,
  },
  'POST /users': { who: administrators, ok: 201, body: ({ n }) => ({ username: `made-${n}` }) },
  'PUT /users/:id': [
    { who: administratorsIfThere, ok: 200, body: () => ({ name: 'Renamed' }) },
    {
      when: 'takes the rights of an administrator away',
      who: notThemselves,
      ok: 200,
      body: () => ({ admin: false }),
    },
    {
      when: 'makes an administrator',
      who: administratorsIfThere,
      ok: 200,
      body: () => ({ admin: true }),
    },
  ],
  'DELETE /users/:id': { who: notThemselves, ok: 204 },
  'POST /users/:id/block': { who: notThemselves, ok: 201 },
  'POST /users/:id/unblock': { who: notThemselves, ok: 201 },
  'POST /users/:id/personal_access_tokens': [
    {
      who: themselvesToo,
      ok: 201,
      body: ({ n }) => ({ name: `made-${n}`, scopes: ['read_registry'] }),
    },
    {
      when: 'with `create_job`',
      who: administratorsIfThere,
      ok: 201,
      body: ({ n }) => ({ name: `made-${n}`, scopes: ['create_job'] }),
    },
  ],
};
