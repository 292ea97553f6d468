import { project, type Expectation, type Expectations } from './expectation.ts';

const maintainers = project('Maintainer');

function rulesOf(kind: string, body: NonNullable<Expectation['body']>): Expectations {
  const base = `/projects/:id/registry/protection/${kind}/rules`;
  const change = () => ({ minimum_access_level_for_push: 'owner' });
  return {
    [`GET ${base}`]: { who: maintainers, ok: 200 },
    [`POST ${base}`]: { who: maintainers, ok: 201, body },
    [`PATCH ${base}/:rule_id`]: { who: maintainers, ok: 200, body: change },
    [`DELETE ${base}/:rule_id`]: { who: maintainers, ok: 204 },
  };
}

const minimum_access_level_for_push = 'maintainer';

export const protectionExpectations: Expectations = {
  ...rulesOf('repository', ({ n, place }) => ({
    repository_path_pattern: `${place.projectPath}/made-${n}`,
    minimum_access_level_for_push,
  })),
  ...rulesOf('tag', ({ n }) => ({ tag_name_pattern: `made-${n}`, minimum_access_level_for_push })),
};
