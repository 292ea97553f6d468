/** Notes which jobs come with their token to a project that is not their own (JOB-22). */
import type { Audit, Grant } from '../audit.ts';
import type { Clock } from '../clock.ts';
import type { JobPrincipal } from '../credential/principal.ts';
import type { ResourceDecision } from '../policy/decision.ts';
import type { JobTokenUses } from '../store/ports.ts';

/** What became of it: null where something was granted, and the first layer that refused anything. */
function outcomes({ actions }: ResourceDecision): ReadonlySet<string | null> {
  const found = new Set<string | null>();
  for (const { refusedBy } of actions) {
    if (refusedBy === null) found.add(null);
  }
  const refused = actions.find(({ refusedBy }) => refusedBy !== null);
  if (refused !== undefined) found.add(refused.refusedBy);
  return found;
}

/** A listener of decisions. A request that is granted in part counts as both, for the owner wants to know of either. */
export function createUseNotes(uses: Pick<JobTokenUses, 'note'>, clock: Clock): Audit {
  const note = (job: JobPrincipal, ip: string | null, { decisions, facts }: Grant): void => {
    for (const decision of decisions) {
      const target = facts.get(decision.name);
      if (decision.type !== 'repository' || target === undefined) continue;
      if (target.projectId === job.projectId) continue;
      for (const refusedBy of outcomes(decision)) {
        uses.note(
          {
            targetProjectId: target.projectId,
            sourceProjectId: job.projectId,
            refusedBy,
            userId: job.actor.id,
            jobId: job.jobId,
            ip,
          },
          clock.now(),
        );
      }
    }
  };
  return {
    issued(asked, principal, grant) {
      if (principal.kind === 'job') note(principal, asked.ip, grant);
    },
    refused() {},
  };
}
