import {
  everybody,
  group,
  id,
  notExternal,
  seesGroup,
  type Expectations,
  type Who,
} from './expectation.ts';

const below: Who = { ...seesGroup, text: 'who may see the group: what they may see of it' };

export const groupExpectations: Expectations = {
  'GET /groups': { who: { ...everybody, text: 'everybody: what they may see' }, ok: 200 },
  'POST /groups': [
    { who: notExternal, ok: 201, body: ({ n }) => ({ name: `Made ${n}`, path: `made-${n}` }) },
    {
      when: 'below another group (`parent_id`)',
      at: 'group',
      who: { ...group('Owner'), text: 'Owners of the group above' },
      ok: 201,
      body: ({ n, place }) => ({
        name: `Made ${n}`,
        path: `made-${n}`,
        parent_id: id(place, 'group'),
      }),
    },
  ],
  'GET /groups/:id/subgroups': { who: below, ok: 200 },
  'GET /groups/:id/descendant_groups': { who: below, ok: 200 },
  'GET /groups/:id/projects': { who: below, ok: 200 },
  'GET /groups/:id': { who: seesGroup, ok: 200 },
  'PUT /groups/:id': { who: group('Owner'), ok: 200, body: () => ({ name: 'Renamed' }) },
  'DELETE /groups/:id': { who: group('Owner'), ok: 202 },
};
