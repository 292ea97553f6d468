import { project, type Expectation, type Expectations } from './expectation.ts';

const base = '/projects/:id/job_token_scope';
const maintainers = project('Maintainer');

const list = (name: string, body: NonNullable<Expectation['body']>): Expectations => ({
  [`GET ${base}/${name}`]: { who: maintainers, ok: 200 },
  [`POST ${base}/${name}`]: { who: maintainers, ok: 201, body },
  [`PATCH ${base}/${name}/:target_id`]: {
    who: maintainers,
    ok: 200,
    body: () => ({ job_token_policies: ['READ_CONTAINERS'] }),
  },
  [`DELETE ${base}/${name}/:target_id`]: { who: maintainers, ok: 204 },
});

export const jobTokenScopeExpectations: Expectations = {
  [`GET ${base}`]: { who: maintainers, ok: 200 },
  [`PATCH ${base}`]: { who: maintainers, ok: 204, body: () => ({ enabled: true }) },
  ...list('allowlist', ({ publicProject }) => ({ target_project_id: publicProject })),
  ...list('groups_allowlist', ({ publicGroup }) => ({ target_group_id: publicGroup })),
  [`GET ${base}/auth_log`]: { who: maintainers, ok: 200 },
  [`POST ${base}/auth_log/allow`]: {
    who: maintainers,
    ok: 201,
    body: ({ publicProject }) => ({ source_project_id: publicProject }),
  },
};
