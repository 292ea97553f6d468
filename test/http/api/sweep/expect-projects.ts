import {
  everybody,
  group,
  id,
  notExternal,
  project,
  seesProject,
  type Expectations,
} from './expectation.ts';

export const projectExpectations: Expectations = {
  'GET /projects': { who: { ...everybody, text: 'everybody: what they may see' }, ok: 200 },
  'POST /projects': [
    {
      when: 'in their own namespace',
      who: notExternal,
      ok: 201,
      body: ({ n }) => ({ path: `made-${n}` }),
    },
    {
      when: 'in a group (`namespace_id`)',
      at: 'group',
      who: group('Maintainer'),
      ok: 201,
      body: ({ n, place }) => ({ path: `made-${n}`, namespace_id: id(place, 'group') }),
    },
  ],
  'GET /projects/:id': { who: seesProject, ok: 200 },
  'PUT /projects/:id': [
    { who: project('Maintainer'), ok: 200, body: () => ({ name: 'Renamed' }) },
    {
      when: 'says who may see it (`visibility`)',
      who: project('Owner'),
      ok: 200,
      body: () => ({ visibility: 'private' }),
    },
  ],
  'DELETE /projects/:id': { who: project('Owner'), ok: 202 },
  'POST /projects/:id/archive': { who: project('Owner'), ok: 201 },
  'POST /projects/:id/unarchive': { who: project('Owner'), ok: 201 },
  'GET /projects/:id/registry_access': { who: project('Maintainer'), ok: 200 },
  'PATCH /projects/:id/registry_access': {
    who: project('Maintainer'),
    ok: 200,
    body: () => ({ job_token_after_job: 'none' }),
  },
};
