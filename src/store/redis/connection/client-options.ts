/** How every connection to a server behaves: it fails soon, it never repeats a command, it keeps coming back. */
import type { ConnectionOptions } from 'node:tls';
import type { RedisOptions } from 'ioredis';
import type { Login } from './address.ts';
import type { Endpoint } from './endpoint.ts';

/** Milliseconds. */
export const COMMAND_TIMEOUT = 250;
/** WAIT blocks for 150 ms, and a server with nothing else to do looks at the time only each 100 ms. */
export const WAIT_TIMEOUT = 300;
/**
 * What the library itself allows, as a net below those: it goes by the timer alone, and would give up an answer that
 * arrived in time but was not read yet because this process had other things to do.
 */
const LIBRARY_TIMEOUT = 400;
/** The library's words. */
export const TIMED_OUT = 'Command timed out';
const CONNECT_TIMEOUT = 1000;
const SOCKET_TIMEOUT = 2000;
const FIRST_RETRY = 50;
const LAST_RETRY = 500;

/** What it takes to be let in, by every server alike. */
export interface Access {
  readonly login: Login;
  readonly db: number;
  /** Undefined: no TLS. */
  readonly tls: ConnectionOptions | undefined;
}

/** 50 to 100 ms at first, doubled each time, 500 to 1,000 ms at last. Spread, so that instances do not come all at once. */
export function retryDelay(attempt: number): number {
  const base = Math.min(FIRST_RETRY * 2 ** Math.min(attempt - 1, 10), LAST_RETRY);
  return Math.round(base * (1 + Math.random()));
}

export function clientOptions(
  server: Endpoint,
  access: Access,
  name: string,
): RedisOptions & { replyMapping: 'legacy' } {
  const { username, password } = access.login;
  return {
    host: server.host,
    port: server.port,
    db: access.db,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.reveal() }),
    ...(access.tls === undefined ? {} : { tls: access.tls }),
    connectionName: name,
    disableClientInfo: true,
    // Nothing here needs the newer protocol, and the older one has no frames that come unasked.
    protocol: 2,
    replyMapping: 'legacy',
    // A command that waits in a queue runs long after its caller was told that it failed.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    enableAutoPipelining: false,
    // Without it a command whose socket dies is never settled (https://github.com/redis/ioredis/issues/2193).
    commandTimeout: LIBRARY_TIMEOUT,
    connectTimeout: CONNECT_TIMEOUT,
    socketTimeout: SOCKET_TIMEOUT,
    disconnectTimeout: 50,
    maxLoadingRetryTime: 250,
    retryStrategy: retryDelay,
    // A primary that became a replica: leave it, and do not send the command again (that would be 2).
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
  };
}
