/** Every route of the REST API, in the order in which they are tried. */
import { allowlistRoutes } from './allowlists.ts';
import { auditEventRoutes } from './audit-events.ts';
import { authLogRoutes } from './auth-log.ts';
import { changeMemberRoutes } from './change-members.ts';
import { convertedTokenRoutes } from './converted-tokens.ts';
import { createProjectRoute } from './create-project.ts';
import { deployTokenRotationRoutes } from './deploy-token-rotation.ts';
import { deployTokenRoutes } from './deploy-tokens.ts';
import { directoryExportRoute } from './directory-export.ts';
import { directoryImportRoute } from './directory-import.ts';
import { expiringDeployTokensRoute } from './expiring-deploy-tokens.ts';
import { explainRoute } from './explain.ts';
import { groupRoutes } from './groups.ts';
import { jobTokenScopeRoutes } from './job-token-scope.ts';
import { jobRoutes } from './jobs.ts';
import { listGroupsRoutes } from './list-groups.ts';
import { listProjectsRoutes } from './list-projects.ts';
import { listUsersRoute } from './list-users.ts';
import { memberRoutes } from './members.ts';
import { personalAccessTokenRotationRoutes } from './personal-access-token-rotation.ts';
import { personalAccessTokenRoutes } from './personal-access-tokens.ts';
import { projectRoutes } from './projects.ts';
import { protectionRuleRoutes } from './protection-rules.ts';
import { readJobRoutes } from './read-jobs.ts';
import { registryAccessRoutes } from './registry-access.ts';
import { revocationRoutes } from './revocations.ts';
import type { Route } from './route.ts';
import { serverVersionRoutes } from './server-version.ts';
import { userRoutes } from './users.ts';

export const API_ROUTES: readonly Route[] = [
  listUsersRoute,
  ...userRoutes,
  ...personalAccessTokenRoutes,
  ...personalAccessTokenRotationRoutes,
  ...listGroupsRoutes,
  ...groupRoutes,
  ...listProjectsRoutes,
  ...projectRoutes,
  createProjectRoute,
  ...memberRoutes,
  ...changeMemberRoutes,
  ...deployTokenRoutes,
  ...deployTokenRotationRoutes,
  expiringDeployTokensRoute,
  ...registryAccessRoutes,
  ...jobRoutes,
  ...readJobRoutes,
  ...convertedTokenRoutes,
  ...jobTokenScopeRoutes,
  ...allowlistRoutes,
  ...authLogRoutes,
  ...protectionRuleRoutes,
  ...auditEventRoutes,
  ...revocationRoutes,
  explainRoute,
  directoryExportRoute,
  directoryImportRoute,
  ...serverVersionRoutes,
];
