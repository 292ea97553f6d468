/** Who tries what in the matrix: each cell with what must come of it. */
import {
  MAINTAINER,
  addMember,
  finishJob,
  makeAccessToken,
  makeDeployToken,
  makePerson,
  makeWorkplace,
  startJob,
} from '../registry/cast.ts';
import type { Login, World } from '../registry/world.ts';
import type { Verb } from './client.ts';

export interface Cast {
  readonly repository: string;
  readonly publicRepository: string;
  readonly job: Login;
  readonly endedJob: Login;
  readonly deployToken: Login;
  readonly accessToken: Login;
  readonly stranger: Login;
  readonly wrong: Login;
}

/** A private project of its own for each client, so that none finds what another left. */
export async function makeCast(world: World, publicRepository: string): Promise<Cast> {
  const { project, developer } = await makeWorkplace(world);
  const [maintainer, nobody] = await Promise.all([makePerson(world), makePerson(world)]);
  await addMember(world, project, maintainer, MAINTAINER);
  const job = await startJob(world, project, developer);
  const ended = await startJob(world, project, developer);
  await finishJob(world, project, ended);
  const accessToken = await makeAccessToken(world, maintainer, ['api']);
  return {
    repository: project.path,
    publicRepository,
    job: job.login,
    endedJob: ended.login,
    deployToken: (await makeDeployToken(world, project, ['read_registry'])).login,
    accessToken,
    stranger: await makeAccessToken(world, nobody, ['api']),
    wrong: { username: accessToken.username, password: 'not-the-password' },
  };
}

type Credential = Exclude<keyof Cast, 'repository' | 'publicRepository'>;

export interface Cell {
  readonly verb: Verb;
  /** null is nobody. */
  readonly as: Credential | null;
  readonly allowed: boolean;
  readonly public?: true;
  /** Only for clients whose login asks nobody, or that have none: shows the password refused elsewhere. */
  readonly withoutLogin?: true;
}

/** In this order: what is pulled and deleted is what the access token pushed. */
export const CELLS: readonly Cell[] = [
  { verb: 'login', as: 'job', allowed: true },
  { verb: 'login', as: 'deployToken', allowed: true },
  { verb: 'login', as: 'accessToken', allowed: true },
  { verb: 'login', as: 'wrong', allowed: false },
  { verb: 'push', as: 'accessToken', allowed: true },
  { verb: 'push', as: 'job', allowed: true },
  { verb: 'push', as: 'deployToken', allowed: false },
  { verb: 'push', as: 'endedJob', allowed: false },
  { verb: 'pull', as: 'job', allowed: true },
  { verb: 'pull', as: 'deployToken', allowed: true },
  { verb: 'pull', as: 'accessToken', allowed: true },
  { verb: 'pull', as: null, allowed: true, public: true },
  { verb: 'pull', as: null, allowed: false },
  { verb: 'pull', as: 'stranger', allowed: false },
  { verb: 'pull', as: 'wrong', allowed: false, withoutLogin: true },
  { verb: 'delete', as: 'deployToken', allowed: false },
  { verb: 'delete', as: 'accessToken', allowed: true },
];
