/** A request for a token, and those who make it. */
import type { Asked } from '../../src/audit.ts';
import type {
  DeployTokenPrincipal,
  JobPrincipal,
  UserPrincipal,
} from '../../src/credential/principal.ts';

export const asked: Asked = {
  id: 'r-1',
  service: 'container_registry',
  account: 'jane',
  clientId: 'docker',
  userAgent: 'docker/28',
  ip: '192.0.2.1',
  asked: 'repository:acme/app:pull,push',
};
const actor = { id: 3, username: 'jane', admin: false, external: false };
const abilities = new Set<never>();
export const job: JobPrincipal = {
  kind: 'job',
  jobId: 7,
  pipelineId: 11,
  projectId: 10,
  runnerId: 5,
  actor,
  abilities,
  permissions: null,
  scopeCap: null,
  extended: false,
  convertedId: null,
  expiresAt: 0,
};
export const user: UserPrincipal = {
  kind: 'user',
  via: 'personal_access_token',
  actor,
  tokenId: 9,
  abilities,
  expiresAt: null,
};
export const deploy: DeployTokenPrincipal = {
  kind: 'deploy_token',
  tokenId: 4,
  username: 'robot',
  holder: { kind: 'project', id: 10 },
  abilities,
  expiresAt: null,
};
