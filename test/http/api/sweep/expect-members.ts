import { of, seesGroup, seesProject, type Expectations, type Source } from './expectation.ts';
import type { Role } from './people.ts';

function membersOf(source: Source, least: Role): Expectations {
  const base = `/${source}s/:id/members`;
  const who = of[source](least);
  const owners = of[source]('Owner');
  const seen = source === 'project' ? seesProject : seesGroup;
  const isOwner = { when: 'makes an Owner', who: owners };
  return {
    [`GET ${base}`]: { who: seen, ok: 200 },
    [`GET ${base}/all`]: { who: seen, ok: 200 },
    [`GET ${base}/:user_id`]: { who: seen, ok: 200 },
    [`GET ${base}/all/:user_id`]: { who: seen, ok: 200 },
    [`POST ${base}`]: [
      {
        who,
        ok: 201,
        body: ({ newcomer }) => ({ user_id: newcomer, access_level: 40 }),
      },
      {
        ...isOwner,
        ok: 201,
        body: ({ newcomer }) => ({ user_id: newcomer, access_level: 50 }),
      },
    ],
    [`PUT ${base}/:user_id`]: [
      { who, ok: 200, body: () => ({ access_level: 20 }) },
      { ...isOwner, ok: 200, body: () => ({ access_level: 50 }) },
    ],
    [`DELETE ${base}/:user_id`]: { who, ok: 204 },
  };
}

export const memberExpectations: Expectations = {
  ...membersOf('project', 'Maintainer'),
  ...membersOf('group', 'Owner'),
};
