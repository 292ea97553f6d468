/** The token path alone, over parts that a test may replace: a store that fails, a line that is full. */
import type { AddressInfo } from 'node:net';
import { createAudit } from '../../src/audit.ts';
import { createAuthenticate } from '../../src/credential/authenticate.ts';
import {
  createPasswordVerifier,
  type PasswordVerifier,
} from '../../src/credential/password-hash.ts';
import { refreshTokenRules } from '../../src/credential/refresh-token-life.ts';
import { createClientIp } from '../../src/http/client-ip.ts';
import { createRequestIds } from '../../src/http/request-id.ts';
import { createHttpServer, drain } from '../../src/http/server.ts';
import { createTokenEndpoint } from '../../src/http/token-endpoint.ts';
import { noMeters, type TokenMeter } from '../../src/http/token-meter.ts';
import { noChanges } from '../../src/audit/trail.ts';
import { createIssueRefreshToken } from '../../src/lifecycle/refresh-tokens.ts';
import type { Store } from '../../src/store/ports.ts';
import { createIssueToken } from '../../src/token/issue-token.ts';
import { createCountWriteAttempt } from '../../src/token/write-attempts.ts';
import type { World } from './world.ts';

export interface TokenPath {
  readonly url: string;
  close(): Promise<void>;
}

export interface Replaced {
  readonly store?: Partial<Store>;
  readonly verifyPassword?: PasswordVerifier;
  readonly signer?: World['keys']['registrySigner'];
  readonly startMeter?: () => TokenMeter;
}

export async function serveTokenPath(world: World, replaced: Replaced = {}): Promise<TokenPath> {
  const { settings, keys, clock, secretHash, logged } = world;
  const store = { ...world.store, ...replaced.store };
  const authenticate = createAuthenticate({
    ...store,
    jobTokenSigner: keys.jobTokenSigner,
    extendedTokenSigner: keys.extendedTokenSigner,
    jobSettings: settings.jobs,
    refreshRules: refreshTokenRules(settings),
    secretHash,
    verifyPassword: replaced.verifyPassword ?? createPasswordVerifier(),
    prefixes: settings.credentials.prefixes,
    passwords: true,
    clock,
  });
  const policy = { enforceAllowlist: true, tagProtection: 'refuse', anonymousPull: true } as const;
  const name = settings.service;
  const countWriteAttempt = createCountWriteAttempt({
    convertedTokens: store.convertedTokens,
    limits: { limit: 5, windowMs: 3_600_000 },
    onAttempt: () => undefined,
  });
  const issueToken = createIssueToken({
    authenticate,
    countWriteAttempt,
    issueRefreshToken: createIssueRefreshToken({
      ...world,
      store,
      changes: noChanges,
      log: logged.log,
    }),
    directory: store.directory,
    signer: replaced.signer ?? keys.registrySigner,
    audit: createAudit(logged.log),
    clock,
    issuer: settings.issuer,
    services: new Map([
      [
        name,
        {
          name,
          header: 'x5c',
          policy,
          refreshTokens: settings.services[name]?.refresh_tokens ?? false,
        },
      ],
    ]),
    defaultService: name,
    life: settings.token.ttl,
    clockSkew: settings.token.clock_skew,
    maxTokenSize: settings.token.max_size,
    anonymousLogin: false,
  });
  const endpoint = createTokenEndpoint({
    issueToken,
    clientIp: createClientIp(settings.trusted_proxies),
    requestId: createRequestIds(),
    log: logged.log,
    issuedAt: false,
    startMeter: replaced.startMeter ?? noMeters,
  });
  const server = createHttpServer(endpoint, (_req, res) => void res.writeHead(404).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => drain(server, 1000) };
}
