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
  /** Length of the signed token. */
  readonly bytes: number;
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

/** Who is accountable for what the principal does. */
function accountable(principal: Principal | null): object | undefined {
  switch (principal?.kind) {
    case undefined:
    case 'anonymous':
      return undefined;
    case 'user':
      return { via: principal.via, token_id: principal.tokenId };
    case 'deploy_token':
      return { username: principal.username };
    case 'job':
      return {
        user: principal.actor.username,
        pipeline_id: principal.pipelineId,
        project_id: principal.projectId,
        runner_id: principal.runnerId,
      };
  }
}

function line(asked: Asked, principal: Principal | null) {
  return {
    request_id: asked.id,
    ip: asked.ip,
    client_id: short(asked.clientId),
    user_agent: short(asked.userAgent),
    account: short(asked.account),
    service: asked.service,
    as: principal?.kind,
    sub: principal === null ? undefined : subjectOf(principal),
    ...accountable(principal),
    asked: asked.asked,
  };
}

/** Longest client-given text in a line; the rest says nothing more about who sent it. */
const MAX_TEXT = 200;
const short = (text: string | null): string | null =>
  text === null || text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;

/** Bytes of a token that a proxy with header lines of 8 KiB may still let through, and not much more. */
const LARGE = 7168;

/** A request that got no token is a warning, so that `level` finds it. */
export function createAudit(log: Logger): Audit {
  return {
    issued(asked, principal, { granted, refused, jti, expiresIn, bytes }) {
      const event = {
        ...line(asked, principal),
        granted,
        refused: refused.length > 0 ? refused : undefined,
        jti,
        expires_in: expiresIn,
      };
      if (bytes <= LARGE) log.info(event, 'token issued');
      else log.warn({ ...event, token_bytes: bytes }, 'token issued that some proxies drop');
    },
    refused(asked, principal, reason) {
      log.warn({ ...line(asked, principal), reason }, 'token refused');
    },
  };
}
