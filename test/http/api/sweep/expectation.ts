/** What a route is expected to do, as a person reads it from GitLab's rules. Nothing here comes from the code under test. */
import type { Caller, Scope } from './callers.ts';
import { LEVELS, roleIn, sees, type Role } from './people.ts';
import type { Place } from './places.ts';

export type Verdict = 'ok' | 401 | 403 | 404 | 405;
export type Source = 'project' | 'group';

/** What a request is made of: `n` is another number each time. */
export interface Sample {
  readonly n: number;
  readonly place: Place;
  readonly guinea: number;
  readonly newcomer: number;
  readonly publicProject: number;
  readonly publicGroup: number;
}

export interface Who {
  /** For people: a row of the page. */
  readonly text: string;
  readonly says: (caller: Caller, place: Place) => Verdict;
}

export interface Expectation {
  /** Where one route has two rules: which case this is. */
  readonly when?: string;
  readonly who: Who;
  readonly ok: 200 | 201 | 202 | 204;
  /** Absent: `api`, and `read_api` too for a GET. */
  readonly scopes?: readonly Scope[] | 'any';
  /** Job tokens that it takes; absent: none. */
  readonly jobs?: Who;
  /** True: takes nothing but job tokens. */
  readonly jobsOnly?: boolean;
  /** False: changes nothing, though it is no GET. */
  readonly changes?: boolean;
  readonly query?: string;
  readonly body?: (sample: Sample) => object;
  /** The kind of place that the body speaks of, where the path speaks of none. */
  readonly at?: Source;
  /** True: the token of the caller is gone afterwards. */
  readonly spends?: boolean;
}

/** By method and path, as in the list of routes. */
export type Expectations = Readonly<Record<string, Expectation | readonly Expectation[]>>;

export const id = (place: Place, source: Source): number => place.ids[`/${source}s/:id`] ?? 0;

export const everybody: Who = { text: 'everybody', says: () => 'ok' };

export const administrators: Who = {
  text: 'administrators',
  says: ({ person }) => (person.admin ? 'ok' : 403),
};

/** As `administrators`, of something that may not be there. */
export const administratorsIfThere: Who = {
  text: 'administrators',
  says: ({ person }, { tenant }) => (!person.admin ? 403 : tenant === null ? 404 : 'ok'),
};

export const notExternal: Who = {
  text: 'everybody but external users',
  says: ({ person }) => (person.external ? 403 : 'ok'),
};

const article = (role: Role): string => (role === 'Owner' ? 'Owners' : `${role}s and above`);

const from =
  (source: Source) =>
  (least: Role): Who => ({
    text: `${article(least)} of the ${source}`,
    says: ({ person }, place) => {
      if (!sees(person, place, source)) return 404;
      return roleIn(person, place, source) >= LEVELS[least] ? 'ok' : 403;
    },
  });

const seen = (source: Source): Who => ({
  text: `who may see the ${source}`,
  says: ({ person }, place) => (sees(person, place, source) ? 'ok' : 404),
});

/** From this role on. */
export const project = from('project');
export const group = from('group');
export const of = { project, group } as const;
export const seesProject = seen('project');
export const seesGroup = seen('group');

/** A job acts as whom it names, so it takes more than the role: a scope that administrators give. */
export const runsJobs: Who = {
  text: 'Maintainers and above of the project with `create_job`; administrators with either scope',
  says: (caller, place) => {
    if (!sees(caller.person, place, 'project')) return 404;
    if (caller.person.admin) return 'ok';
    return caller.scopes.includes('create_job') ? project('Maintainer').says(caller, place) : 403;
  },
};

export const always = (verdict: Verdict, text: string): Who => ({ text, says: () => verdict });
