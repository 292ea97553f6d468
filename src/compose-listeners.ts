/** Where a server is reached: by everybody, and where the REST API has a listener of its own, by those who administer. */
import type { Parts } from './compose-parts.ts';
import { composeOAuth } from './compose-oauth.ts';
import { composeTokenEndpoint } from './compose-token.ts';
import { parseAddress, realmOf, urlOf, warnOfPlainHttp } from './http/address.ts';
import { createRateLimits } from './http/api/rate-limits.ts';
import { openApiServer } from './http/api-server.ts';
import { createApp } from './http/app.ts';
import { createHttpServer, drain, listen } from './http/server.ts';

export interface Listeners {
  /** For a client on this machine. */
  readonly url: string;
  readonly realm: string;
  /** Of the REST API, without `/api/v4`; null where it is switched off. */
  readonly apiUrl: string | null;
  /** Takes no new connections, and resolves when the running requests are finished. */
  close(): Promise<void>;
}

/** Milliseconds that running requests have to finish when the server ends. */
const DRAIN = 10_000;

function rateLimitsOf({ settings, clock, log, metrics }: Parts) {
  const onRefused = metrics?.countRateLimited ?? (() => undefined);
  return createRateLimits({ settings: settings.api.rate_limit, clock, log, onRefused });
}

/** Rejects where an address cannot be had; then nothing is left open. */
export async function openListeners(parts: Parts): Promise<Listeners> {
  const { settings, log } = parts;
  const own = settings.api.listen;
  const deps = { ...parts, oauth: composeOAuth(parts), rateLimits: rateLimitsOf(parts) };
  const app = createApp(deps, { api: own === undefined });
  const server = createHttpServer(composeTokenEndpoint(parts), app);
  const api = own === undefined || own === 'off' ? null : await openApiServer(own, deps);
  const address = parseAddress(settings.listen);
  const port = await listen(server, address).catch(async (error: unknown) => {
    if (api !== null) await drain(api.server, 0);
    throw error;
  });
  warnOfPlainHttp(settings, log);
  const url = urlOf({ ...address, port });
  return {
    url,
    realm: realmOf(settings.public_url ?? `http://localhost:${port}`),
    apiUrl: own === undefined ? url : (api?.url ?? null),
    async close() {
      const servers = api === null ? [server] : [server, api.server];
      await Promise.all(servers.map((each) => drain(each, DRAIN)));
    },
  };
}
