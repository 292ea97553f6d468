/**
 * The composition root: builds every part from the settings and hands each what it needs. The only file that names a
 * concrete store.
 */
import type { Server } from 'node:http';
import { createAudit } from './audit.ts';
import type { Clock } from './clock.ts';
import { createAuthenticate } from './credential/authenticate.ts';
import { createPasswordVerifier } from './credential/password-hash.ts';
import { createSecretHash, type SecretHash } from './credential/secret-hash.ts';
import { ensureAdminToken } from './lifecycle/admin-token.ts';
import { createApp } from './http/app.ts';
import { createClientIp } from './http/client-ip.ts';
import { createRequestIds } from './http/request-id.ts';
import { createHttpServer, drain, listen } from './http/server.ts';
import { createTokenEndpoint } from './http/token-endpoint.ts';
import type { Logger } from './log.ts';
import type { Settings } from './settings/schema.ts';
import { openKeys, type Keys } from './signing/open-keys.ts';
import { openEmbeddedStore } from './store/embedded/open.ts';
import type { Store } from './store/ports.ts';
import { createIssueToken } from './token/issue-token.ts';
import type { Service } from './token/sign-token.ts';

export interface RunningServer {
  /** Where it listens, for a client on this machine. */
  readonly url: string;
  /** What a registry's `auth.token.realm` is set to. */
  readonly realm: string;
  readonly caPath: string;
  /** null where the operator configured the administrator's token. */
  readonly adminTokenPath: string | null;
  /** Applies the directory file anew; resolves to the changes in words. */
  reloadDirectory(): Promise<string>;
  /** Stops taking requests, finishes those that run, and lets go of everything. */
  close(): Promise<void>;
}

export interface StartOptions {
  readonly settings: Settings;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Milliseconds that running requests have to finish when the server ends. */
const DRAIN = 10_000;

function servicesOf(settings: Settings): ReadonlyMap<string, Service> {
  return new Map(
    Object.entries(settings.services).map(([name, { header, tag_protection }]) => [
      name,
      {
        name,
        header,
        policy: {
          enforceAllowlist: settings.jobs.enforce_allowlist,
          tagProtection: tag_protection,
          anonymousPull: settings.anonymous.pull,
        },
      },
    ]),
  );
}

/** The token path, built over a store and keys. */
function composeTokenEndpoint(
  { settings, log, clock }: StartOptions,
  store: Store,
  keys: Keys,
  secretHash: SecretHash,
): TokenEndpoint {
  const { token, credentials } = settings;
  const authenticate = createAuthenticate({
    jobs: store.jobs,
    deployTokens: store.deployTokens,
    personalAccessTokens: store.personalAccessTokens,
    directory: store.directory,
    jobTokenSigner: keys.jobTokenSigner,
    secretHash,
    verifyPassword: createPasswordVerifier(),
    prefixes: credentials.prefixes,
    passwords: credentials.password,
    clock,
  });
  const issueToken = createIssueToken({
    authenticate,
    directory: store.directory,
    signer: keys.registrySigner,
    audit: createAudit(log),
    clock,
    issuer: settings.issuer,
    services: servicesOf(settings),
    defaultService: settings.service,
    life: { pullTtl: token.pull_ttl, pushTtl: token.push_ttl },
    clockSkew: token.clock_skew,
    maxTokenSize: token.max_size,
    anonymousLogin: settings.anonymous.login,
  });
  return createTokenEndpoint({
    issueToken,
    clientIp: createClientIp(settings.trusted_proxies),
    requestId: createRequestIds(),
    log,
    issuedAt: token.issued_at,
  });
}
