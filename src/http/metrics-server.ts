/** /metrics, on a listener of its own: who may ask for tokens need not see how the server does. */
import { createServer, type RequestListener } from 'node:http';
import type { Logger } from '../log.ts';
import type { MetricsPage } from '../metrics/ports.ts';
import { cannotListen, parseAddress, urlOf } from './address.ts';
import { drain, listen } from './server.ts';

export interface MetricsServer {
  /** Of the page, for a client on this machine. */
  readonly url: string;
  close(): Promise<void>;
}

export interface MetricsServerOptions {
  /** `host:port` */
  readonly address: string;
  readonly page: MetricsPage;
  readonly log: Logger;
}

const PATH = '/metrics';

/** A scrape has no body and few headers. Milliseconds. */
const LIMITS = { headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 2_000 };

/** How long a scrape may go on when the server ends, in milliseconds. */
const DRAIN = 1_000;

function servePage(page: MetricsPage, log: Logger): RequestListener {
  return (req, res) => {
    const send = (status: number, type: string, body: string, more = {}): void => {
      const headers = { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), ...more };
      res.writeHead(status, { ...headers, 'X-Content-Type-Options': 'nosniff' }).end(body);
    };
    const say = (status: number, words: string, more = {}): void =>
      send(status, 'text/plain; charset=utf-8', `${words}\n`, more);
    if (req.url?.split('?', 1)[0] !== PATH) return say(404, `Only ${PATH} is here.`);
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      return say(405, `${PATH} takes GET.`, { Allow: 'GET, HEAD' });
    }
    page.text().then(
      (text) => send(200, page.contentType, text),
      (error: unknown) => {
        log.error({ err: error }, 'metrics could not be gathered');
        say(500, 'The metrics could not be gathered. The log has the cause.');
      },
    );
  };
}

/** @throws AppError that names the setting where the address cannot be had */
export async function openMetricsServer({
  address,
  page,
  log,
}: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer(LIMITS, servePage(page, log));
  const wanted = parseAddress(address);
  const port = await listen(server, wanted).catch((error: unknown) => {
    throw cannotListen('metrics', address, error as NodeJS.ErrnoException);
  });
  return { url: urlOf({ ...wanted, port }) + PATH, close: () => drain(server, DRAIN) };
}
