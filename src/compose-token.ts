/** The token path: from a request to a signed token, and who is told of it. */
import { createAudit, forAll } from './audit.ts';
import { createDecisionEvents } from './audit/decisions.ts';
import { createUseNotes } from './audit/job-token-uses.ts';
import type { Parts } from './compose-parts.ts';
import { createClientIp } from './http/client-ip.ts';
import { createRequestIds } from './http/request-id.ts';
import { createTokenEndpoint } from './http/token-endpoint.ts';
import { createTokenMeters, noMeters } from './http/token-meter.ts';
import { createIssueRefreshToken } from './lifecycle/refresh-tokens.ts';
import { createIssueToken, type IssueToken } from './token/issue-token.ts';
import { createWriteAttemptReport } from './token/report-write-attempt.ts';
import { servicesOf } from './token/services.ts';
import { createCountWriteAttempt } from './token/write-attempts.ts';

function composeWriteAttempts({ settings, store, log, audit, metrics }: Parts) {
  const { write_attempts: limit, write_window: window } = settings.jobs.after_job;
  const count = metrics?.countWriteAttempt ?? (() => undefined);
  return createCountWriteAttempt({
    convertedTokens: store.convertedTokens,
    limits: { limit, windowMs: window * 1000 },
    onAttempt: createWriteAttemptReport({ log, changes: audit.changes, count }),
  });
}

/** The whole decision, without HTTP. */
export function composeIssueToken(parts: Parts): IssueToken {
  const { settings, log, clock, store, keys, authenticate, audit } = parts;
  const { token } = settings;
  return createIssueToken({
    authenticate,
    countWriteAttempt: composeWriteAttempts(parts),
    issueRefreshToken: createIssueRefreshToken({ ...parts, changes: audit.changes }),
    directory: store.directory,
    signer: keys.registrySigner,
    audit: forAll([
      createAudit(log),
      createDecisionEvents(audit),
      createUseNotes(store.jobTokenUses, clock),
      ...(parts.registryEvents ? [parts.registryEvents.listener] : []),
    ]),
    clock,
    issuer: settings.issuer,
    services: servicesOf(settings),
    defaultService: settings.service,
    life: token.ttl,
    clockSkew: token.clock_skew,
    maxTokenSize: token.max_size,
    anonymousLogin: settings.anonymous.login,
  });
}

export function composeTokenEndpoint(parts: Parts) {
  const { settings, log, metrics } = parts;
  const { token, credentials } = settings;
  return createTokenEndpoint({
    issueToken: composeIssueToken(parts),
    clientIp: createClientIp(settings.trusted_proxies),
    requestId: createRequestIds(),
    log,
    issuedAt: token.issued_at,
    startMeter:
      metrics === null
        ? noMeters
        : createTokenMeters(metrics.countTokenRequest, credentials.prefixes),
  });
}
