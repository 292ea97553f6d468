/** Decisions about tokens, as events of the audit stream. */
import { shown, type Asked, type Audit, type Grant } from '../audit.ts';
import type { Principal } from '../credential/principal.ts';
import type { Author, Details } from './events.ts';
import type { Origin } from './changes.ts';
import type { Trail } from './trail.ts';

type Draft = Record<string, Details[string]>;

function authorOf(principal: Principal | null): Author {
  if (principal === null) return { kind: 'unknown' };
  switch (principal.kind) {
    case 'anonymous':
      return { kind: 'anonymous' };
    case 'user': {
      const { actor, tokenId } = principal;
      return { kind: 'user', id: actor.id, name: actor.username, token_id: tokenId };
    }
    case 'deploy_token':
      return {
        kind: 'deploy_token',
        id: principal.tokenId,
        name: `deploy_token:${principal.tokenId}`,
      };
    case 'job':
      return {
        kind: 'job',
        id: principal.jobId,
        name: `job:${principal.jobId}`,
        user_id: principal.actor.id,
      };
  }
}

/** Written field by field: this runs for every token, and spreading costs. */
function draft(asked: Asked, principal: Principal | null): Draft {
  const details: Draft = {
    service: asked.service,
    account: shown(asked.account),
    client_id: shown(asked.clientId),
    user_agent: shown(asked.userAgent),
    asked: asked.asked,
  };
  if (principal === null) return details;
  if (principal.kind === 'user') {
    details['via'] = principal.via;
    details['user_id'] = principal.actor.id;
    details['refresh_token_id'] = principal.refreshTokenId;
  } else if (principal.kind === 'deploy_token') {
    details['username'] = principal.username;
    details[`${principal.holder.kind}_id`] = principal.holder.id;
  } else if (principal.kind === 'job') {
    details['user_id'] = principal.actor.id;
    details['user'] = principal.actor.username;
    details['job_id'] = principal.jobId;
    details['pipeline_id'] = principal.pipelineId;
    details['project_id'] = principal.projectId;
    details['runner_id'] = principal.runnerId;
    details['extended'] = principal.extended;
    details['converted'] = principal.convertedId !== null;
  }
  return details;
}

/** In the words of the metric of token requests. */
function outcomeOf({ granted, refused }: Grant): string {
  if (refused.length === 0) return granted === '' ? 'empty' : 'granted';
  return granted === '' ? 'empty' : 'narrowed';
}

function projectIds({ facts }: Grant): readonly number[] {
  if (facts.size === 0) return [];
  const ids: number[] = [];
  for (const { projectId } of facts.values()) if (!ids.includes(projectId)) ids.push(projectId);
  return ids;
}

const originOf = (asked: Asked, principal: Principal | null): Origin => ({
  author: authorOf(principal),
  ip: asked.ip,
  requestId: asked.id,
});

/** Another listener of decisions, beside the log. */
export function createDecisionEvents({ decided }: Pick<Trail, 'decided'>): Audit {
  return {
    issued(asked, principal, grant) {
      const details = draft(asked, principal);
      details['outcome'] = outcomeOf(grant);
      details['granted'] = grant.granted;
      details['refused'] = grant.refused;
      details['project_ids'] = projectIds(grant);
      details['jti'] = grant.jti;
      details['expires_in'] = grant.expiresIn;
      decided('token.issued', originOf(asked, principal), details);
    },
    refused(asked, principal, reason) {
      const details = draft(asked, principal);
      details['outcome'] = 'refused';
      details['reason'] = reason;
      decided('token.refused', originOf(asked, principal), details);
    },
  };
}
