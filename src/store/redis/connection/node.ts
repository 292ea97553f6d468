/** One server as calls see it: a connection for what must be quick, and one for what waits for replicas. */
import type { Logger } from '../../../log.ts';
import { createBreaker, type Breaker } from './breaker.ts';
import { COMMAND_TIMEOUT, WAIT_TIMEOUT, type Access } from './client-options.ts';
import { endpointText, type Endpoint } from './endpoint.ts';
import { openLine, type Line } from './line.ts';

/** A connection with the breaker that says whether to use it. */
export interface Channel {
  readonly line: Line;
  readonly breaker: Breaker;
}

export interface Node {
  readonly server: Endpoint;
  readonly run: Channel;
  /** WAIT blocks its whole connection. */
  readonly durable: Channel;
  close(): void;
}

function openChannel(
  server: Endpoint,
  access: Access,
  name: string,
  commandTimeout: number,
  log: Logger,
): Channel {
  const breaker = createBreaker(
    () => performance.now(),
    (state) => {
      const fields = { server: endpointText(server), connection: name };
      if (state === 'open') log.warn(fields, 'redis does not answer; calls are refused at once');
      else log.info(fields, 'redis answers again');
    },
  );
  const line = openLine({
    server,
    access,
    name,
    log,
    commandTimeout,
    onState: (up) => {
      if (up) breaker.mayBeBack();
    },
  });
  return { line, breaker };
}

export function openNode(server: Endpoint, access: Access, log: Logger): Node {
  const run = openChannel(server, access, 'wharfpass', COMMAND_TIMEOUT, log);
  const durable = openChannel(server, access, 'wharfpass-wait', WAIT_TIMEOUT, log);
  return {
    server,
    run,
    durable,
    close() {
      run.line.close();
      durable.line.close();
    },
  };
}
