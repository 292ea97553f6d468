import { administrators, of, type Expectations, type Source } from './expectation.ts';
import type { Role } from './people.ts';

/** A group's tokens reach every project below it: changing them is its Owner's. */
function tokensOf(source: Source, least: Role): Expectations {
  const base = `/${source}s/:id/deploy_tokens`;
  const reads = of[source]('Maintainer');
  const writes = of[source](least);
  return {
    [`GET ${base}`]: { who: reads, ok: 200 },
    [`POST ${base}`]: {
      who: writes,
      ok: 201,
      body: ({ n }) => ({ name: `made-${n}`, scopes: ['read_registry'] }),
    },
    [`GET ${base}/:token_id`]: { who: reads, ok: 200 },
    [`DELETE ${base}/:token_id`]: { who: writes, ok: 204 },
    [`POST ${base}/:token_id/rotate`]: { who: writes, ok: 200 },
    [`DELETE ${base}/:token_id/secrets/:secret_id`]: { who: writes, ok: 204 },
    [`PUT ${base}/:token_id/rotation`]: { who: writes, ok: 200, body: () => ({ every_days: 30 }) },
  };
}

export const deployTokenExpectations: Expectations = {
  'GET /deploy_tokens': { who: administrators, ok: 200, query: '?expiring=30d' },
  ...tokensOf('project', 'Maintainer'),
  ...tokensOf('group', 'Owner'),
};
