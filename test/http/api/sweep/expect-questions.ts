import { always, everybody, type Expectations, type Sample, type Who } from './expectation.ts';
import { LEVELS, roleIn, sees } from './people.ts';

const scope = ({ place }: Sample): string => `repository:${place.projectPath}:pull`;

/** What the caller may not see is left out of the answer, as if it did not exist. */
const aboutOthers: Who = {
  text: 'Maintainers and above of the project, with `api` or `read_api`',
  says: ({ person, scopes }, place) => {
    if (!scopes.includes('api') && !scopes.includes('read_api')) return 403;
    if (!sees(person, place, 'project')) return 'ok';
    return roleIn(person, place, 'project') >= LEVELS.Maintainer ? 'ok' : 403;
  },
};

export const questionExpectations: Expectations = {
  'POST /registry_access/explain': [
    {
      when: 'about their own credential',
      at: 'project',
      who: everybody,
      ok: 200,
      scopes: 'any',
      jobs: { ...everybody, text: 'of any running job, about itself' },
      changes: false,
      body: (sample) => ({ scope: scope(sample) }),
    },
    {
      when: 'about another user (`as`)',
      at: 'project',
      who: aboutOthers,
      ok: 200,
      scopes: 'any',
      jobs: always(403, 'none (403)'),
      changes: false,
      body: (sample) => ({ scope: scope(sample), as: { user: sample.guinea } }),
    },
  ],
};
