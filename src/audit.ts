/** One line for every decision: who asked for what, from where, what was granted, and which layer refused the rest. */
import type { Logger } from './log.ts';
import type { Principal } from './credential/principal.ts';
import type { ResourceDecision } from './policy/decision.ts';
import type { TargetFacts } from './policy/facts.ts';

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
  readonly decisions: readonly ResourceDecision[];
  /** Of the repositories that belong to a project, by name. */
  readonly facts: ReadonlyMap<string, Pick<TargetFacts, 'projectId'>>;
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

/** Who is accountable, for what. Written field by field: this runs for every token, and spreading costs. */
function line(asked: Asked, principal: Principal | null): Record<string, unknown> {
  const event: Record<string, unknown> = {
    request_id: asked.id,
    ip: asked.ip,
    client_id: shown(asked.clientId),
    user_agent: shown(asked.userAgent),
    account: shown(asked.account),
    service: asked.service,
    asked: asked.asked,
  };
  if (principal === null) return event;
  event['as'] = principal.kind;
  event['sub'] = subjectOf(principal);
  if (principal.kind === 'user') {
    event['via'] = principal.via;
    event['token_id'] = principal.tokenId;
    if (principal.refreshTokenId !== undefined) {
      event['refresh_token_id'] = principal.refreshTokenId;
    }
  } else if (principal.kind === 'deploy_token') {
    event['username'] = principal.username;
  } else if (principal.kind === 'job') {
    event['user'] = principal.actor.username;
    event['pipeline_id'] = principal.pipelineId;
    event['project_id'] = principal.projectId;
    event['runner_id'] = principal.runnerId;
    if (principal.extended) event['extended'] = true;
    if (principal.convertedId !== null) event['converted_token_id'] = principal.convertedId;
  }
  return event;
}

/** Longest client-given text in a line; the rest says nothing more about who sent it. */
const MAX_TEXT = 200;
export const shown = (text: string | null): string | null =>
  text === null || text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;

/** Bytes of a token that a proxy with header lines of 8 KiB may still let through, and not much more. */
const LARGE = 7168;

/** Tells each of several about every decision. */
export function forAll(listeners: readonly Audit[]): Audit {
  return {
    issued(asked, principal, grant) {
      for (const listener of listeners) listener.issued(asked, principal, grant);
    },
    refused(asked, principal, reason) {
      for (const listener of listeners) listener.refused(asked, principal, reason);
    },
  };
}

/** A request that got no token is a warning, so that `level` finds it. */
export function createAudit(log: Logger): Audit {
  return {
    issued(asked, principal, { granted, refused, jti, expiresIn, bytes }) {
      const event = line(asked, principal);
      event['granted'] = granted;
      if (refused.length > 0) event['refused'] = refused;
      event['jti'] = jti;
      event['expires_in'] = expiresIn;
      if (bytes <= LARGE) return log.info(event, 'token issued');
      event['token_bytes'] = bytes;
      log.warn(event, 'token issued that some proxies drop');
    },
    refused(asked, principal, reason) {
      const event = line(asked, principal);
      event['reason'] = reason;
      log.warn(event, 'token refused');
    },
  };
}
