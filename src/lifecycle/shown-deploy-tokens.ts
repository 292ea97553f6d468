/**
 * The automatic deploy tokens that jobs were shown as CI_DEPLOY_PASSWORD. They outlive the jobs, and clusters may pull
 * with them, so that it is for the caller to say what becomes of them.
 */
import { changeOf, revocationOf } from '../audit/change-of.ts';
import type { RecordChange } from '../audit/changes.ts';
import type { Details } from '../audit/events.ts';
import type { DeployTokenRecord, JobRecord } from '../store/records.ts';
import { liveAutomaticTokens } from './automatic-deploy-token.ts';
import type { LifecycleDependencies } from './dependencies.ts';
import { rotateDeployToken } from './rotation.ts';
import { endOfJob } from './bulk-matches.ts';

/** `rotate`: a new secret, and the old ones end at once. */
export const SHOWN_TOKEN_ACTIONS = ['report', 'rotate', 'revoke'] as const;
export type ShownTokenAction = (typeof SHOWN_TOKEN_ACTIONS)[number];

export interface ShownToken {
  readonly id: number;
  readonly projectId: number;
  readonly username: string;
}

export interface ShownTokenDependencies extends Pick<
  LifecycleDependencies,
  'store' | 'clock' | 'secretHash' | 'sealedSecrets' | 'settings'
> {
  readonly audit: RecordChange;
  readonly why: Details;
}

/** Milliseconds after its start in which a job is told its variables: the token may be made for that very job. */
const TOLD_WITHIN = 60_000;
const AT_ONCE = 25;

/** By project, the last moment at which one of the jobs may have been shown a secret. */
function lastShown(jobs: readonly JobRecord[]): ReadonlyMap<number, number> {
  const moments = new Map<number, number>();
  for (const job of jobs) {
    if (job.permissions === 'none') continue;
    const moment = Math.min(job.startedAt + TOLD_WITHIN, endOfJob(job));
    moments.set(job.projectId, Math.max(moment, moments.get(job.projectId) ?? 0));
  }
  return moments;
}

/** Whether a secret that lives at `now` was there at `moment`. */
const wasShown = ({ secrets }: DeployTokenRecord, moment: number, now: number): boolean =>
  secrets.some(
    ({ createdAt, expiresAt }) => createdAt <= moment && (expiresAt === null || expiresAt > now),
  );

async function act(
  { audit, why, ...deps }: ShownTokenDependencies,
  token: DeployTokenRecord,
  action: ShownTokenAction,
): Promise<void> {
  const { holder, id: tokenId, name } = token;
  const target = { kind: 'deploy_token', id: tokenId, path: name } as const;
  const about = { project_id: holder.id, shown_to_jobs: true, ...why };
  if (action === 'rotate') {
    const request = { holder, tokenId, gracePeriod: 0, expiresAt: undefined };
    const { token: rotated } = await rotateDeployToken(deps, request);
    const secrets = rotated.secrets.map(({ id }) => id);
    const told = changeOf('deploy_token', token, rotated);
    audit('deploy_token.rotated', target, { ...about, secrets, ...told });
  } else if (action === 'revoke') {
    const ended = await deps.store.deployTokens.revoke(holder, tokenId, deps.clock.now());
    audit('deploy_token.revoked', target, { ...about, ...(ended && revocationOf(ended)) });
  }
}

/**
 * Finds the automatic tokens whose living secrets the jobs may have been shown, and does with them what is asked for.
 * May be repeated: what was rotated since is not found again.
 */
export async function dealWithShownTokens(
  deps: ShownTokenDependencies,
  jobs: readonly JobRecord[],
  action: ShownTokenAction,
): Promise<readonly ShownToken[]> {
  const moments = [...lastShown(jobs)];
  const found: ShownToken[] = [];
  for (let from = 0; from < moments.length; from += AT_ONCE) {
    const some = moments.slice(from, from + AT_ONCE);
    const tokens = await Promise.all(
      some.map(async ([projectId, moment]) => {
        const live = await liveAutomaticTokens(deps, projectId);
        return live.filter((token) => wasShown(token, moment, deps.clock.now()));
      }),
    );
    for (const token of tokens.flat()) {
      await act(deps, token, action);
      found.push({ id: token.id, projectId: token.holder.id, username: token.username });
    }
  }
  return found;
}
