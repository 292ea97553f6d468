/** What `wharfpass check` says of the addresses that a server listens on. */
import type { Settings } from '../settings/schema.ts';
import { good, type Finding } from './checks.ts';
import { localUrl } from './context.ts';

/** True if nobody but this machine reaches the address. */
function isLocal(listen: string): boolean {
  if (/^(0\.0\.0\.0|\[::\]):/.test(listen)) return false;
  const { hostname } = new URL(localUrl({ listen }));
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

/** Where the REST API is: it takes tokens that can do everything. */
export function checkApi({ listen, api }: Settings): Finding {
  if (api.listen === 'off') return good('api       off (api.listen): the commands cannot reach it');
  if (api.listen === undefined) return good(`api       with everything else (${listen})`);
  const place = api.listen.endsWith(':0')
    ? 'on a free port, named at the start'
    : `${localUrl({ listen: api.listen })}/api/v4`;
  if (isLocal(api.listen)) return good(`api       ${place}`);
  return {
    state: 'note',
    text: `api       ${place} is open to the network without TLS: let it listen on loopback behind a TLS proxy`,
  };
}

/** Where the metrics are. They hold no secret, but tell how the server does. */
export function checkMetrics({ metrics: { listen } }: Settings): Finding {
  if (listen === 'off') return good('metrics   off (metrics.listen)');
  const place = listen.endsWith(':0')
    ? 'a free port, named at the start'
    : `${localUrl({ listen })}/metrics`;
  const text = `metrics   ${place}`;
  if (isLocal(listen)) return good(text);
  return {
    state: 'note',
    text: `${text} is open to the network: let only the monitoring reach it`,
  };
}

/** Secrets on an open network are everybody's (JOB-18). */
export function checkExposure(settings: Settings): Finding[] {
  if (isLocal(settings.listen) || settings.public_url?.startsWith('https:') === true) return [];
  const text = `listen    ${settings.listen} is open to the network without TLS: put a proxy in front and set public_url to its https address`;
  return [{ state: 'note', text }];
}
