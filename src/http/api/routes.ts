/** Every route of the REST API, in the order in which they are tried. */
import { allowlistRoutes } from './allowlists.ts';
import { changeMemberRoutes } from './change-members.ts';
import { createProjectRoute } from './create-project.ts';
import { deployTokenRoutes } from './deploy-tokens.ts';
import { groupRoutes } from './groups.ts';
import { jobTokenScopeRoutes } from './job-token-scope.ts';
import { jobRoutes } from './jobs.ts';
import { memberRoutes } from './members.ts';
import { personalAccessTokenRoutes } from './personal-access-tokens.ts';
import { projectRoutes } from './projects.ts';
import { protectionRuleRoutes } from './protection-rules.ts';
import { readJobRoutes } from './read-jobs.ts';
import type { Route } from './route.ts';
import { userRoutes } from './users.ts';

export const API_ROUTES: readonly Route[] = [
  ...userRoutes,
  ...personalAccessTokenRoutes,
  ...groupRoutes,
  ...projectRoutes,
  createProjectRoute,
  ...memberRoutes,
  ...changeMemberRoutes,
  ...deployTokenRoutes,
  ...jobRoutes,
  ...readJobRoutes,
  ...jobTokenScopeRoutes,
  ...allowlistRoutes,
  ...protectionRuleRoutes,
];
