/** One line for every decision: who asked for what, from where, what was granted, and which layer refused the rest. */
import type { Logger } from './log.ts';
import type { Principal } from './credential/principal.ts';

/** A request for a token, as far as it may be logged. */
export interface Asked {
  readonly id: string;
  readonly service: string;
  readonly account: string | null;
  readonly clientId: string | null;
  readonly userAgent: string | null;
  readonly ip: string | null;
  /** `repository:acme/app:pull`, … */
  readonly asked: string;
}

export interface Grant {
  readonly granted: string;
  /** `repository:acme/app:push role`: the action, and the layer that refused it. */
  readonly refused: readonly string[];
  readonly jti: string;
  /** Seconds. */
  readonly expiresIn: number;
}

export interface Audit {
  issued(asked: Asked, principal: Principal, grant: Grant): void;
  /** There is no token at all; `principal` is null where the credential proved nothing. */
  refused(asked: Asked, principal: Principal | null, reason: string): void;
}

/** The `sub` of tokens and log lines. Namespaced, so that no user's name can look like a job's (RFC 9700, 4.15). */
export function subjectOf(principal: Principal): string {
  switch (principal.kind) {
    case 'anonymous':
      return '';
    case 'user':
      return `user:${principal.actor.username}`;
    case 'deploy_token':
      return `deploy_token:${principal.tokenId}`;
    case 'job':
      return `job:${principal.jobId}`;
  }
}

function accountable(principal: Principal | null): Record<string, unknown> {
  if (principal === null) return {};
  const as = { as: principal.kind, sub: subjectOf(principal) };
  switch (principal.kind) {
    case 'anonymous':
      return as;
    case 'user':
      return { ...as, via: principal.via, token_id: principal.tokenId };
    case 'deploy_token':
      return { ...as, username: principal.username };
    case 'job':
      return {
        ...as,
        user: principal.actor.username,
        pipeline_id: principal.pipelineId,
        project_id: principal.projectId,
        runner_id: principal.runnerId,
      };
  }
}

/** Longest client-given text in a line; the rest says nothing more about who sent it. */
const MAX_TEXT = 200;
const short = (text: string | null): string | null =>
  text === null || text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;

function whoAndWhat(asked: Asked, principal: Principal | null): Record<string, unknown> {
  return {
    request_id: asked.id,
    ip: asked.ip,
    client_id: short(asked.clientId),
    user_agent: short(asked.userAgent),
    account: short(asked.account),
    service: asked.service,
    ...accountable(principal),
    asked: asked.asked,
  };
}

/** A request that got no token is a warning, so that `level` finds it. */
export function createAudit(log: Logger): Audit {
  return {
    issued(asked, principal, { granted, refused, jti, expiresIn }) {
      const refusals = refused.length > 0 && { refused };
      const line = { ...whoAndWhat(asked, principal), granted, ...refusals };
      log.info({ ...line, jti, expires_in: expiresIn }, 'token issued');
    },
    refused(asked, principal, reason) {
      log.warn({ ...whoAndWhat(asked, principal), reason }, 'token refused');
    },
  };
}
