/** Every route with what is expected of it. A route without an entry fails the sweep, and so does an entry without a route. */
import { deployTokenExpectations } from './expect-deploy-tokens.ts';
import { groupExpectations } from './expect-groups.ts';
import { instanceExpectations } from './expect-instance.ts';
import { jobTokenScopeExpectations } from './expect-job-token-scope.ts';
import { jobExpectations } from './expect-jobs.ts';
import { memberExpectations } from './expect-members.ts';
import { personalAccessTokenExpectations } from './expect-personal-access-tokens.ts';
import { projectExpectations } from './expect-projects.ts';
import { protectionExpectations } from './expect-protection.ts';
import { questionExpectations } from './expect-questions.ts';
import { userExpectations } from './expect-users.ts';
import type { Expectation, Expectations } from './expectation.ts';

/** By what they are about, as the page for people has them (docs/api-permissions.md). */
export const SECTIONS: Readonly<Record<string, Expectations>> = {
  Users: userExpectations,
  'Personal access tokens': personalAccessTokenExpectations,
  Groups: groupExpectations,
  Projects: projectExpectations,
  Members: memberExpectations,
  'Deploy tokens': deployTokenExpectations,
  Jobs: jobExpectations,
  'Job token scope': jobTokenScopeExpectations,
  'Protection rules': protectionExpectations,
  'Questions about access': questionExpectations,
  'The whole server': instanceExpectations,
};

export const EXPECTATIONS: Expectations = Object.assign({}, ...Object.values(SECTIONS));

/** The cases of a route; none where nothing is said of it. */
export const casesOf = (route: string): readonly Expectation[] =>
  [EXPECTATIONS[route] ?? []].flat();
