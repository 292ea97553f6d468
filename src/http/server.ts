import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../errors.ts';
import { errorResponse, sendError } from './error-response.ts';
import type { TokenEndpoint } from './token-endpoint.ts';

/** Bytes of request line and headers together: long scope lists and JWTs as passwords fit. */
const MAX_HEADER_SIZE = 65_536;

const LIMITS = {
  maxHeaderSize: MAX_HEADER_SIZE,
  /** Milliseconds: slow senders do not hold a connection. */
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
  /** Checked below, so that the refusal is JSON like every other. */
  requireHostHeader: false,
};

const PARSER_ERRORS: Readonly<Record<string, AppError>> = Object.assign(Object.create(null), {
  HPE_HEADER_OVERFLOW: new AppError(
    'headers_too_large',
    `Request line and headers are over ${MAX_HEADER_SIZE} bytes. Ask for fewer scopes at once, or use POST.`,
  ),
  ERR_HTTP_REQUEST_TIMEOUT: new AppError('bad_request', 'The request took too long to arrive.'),
});

/** A request that node:http could not parse has no response object, only a socket. */
function refuseUnparsable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const fault =
    PARSER_ERRORS[error.code ?? ''] ??
    new AppError('bad_request', 'This is not an HTTP/1.1 request.');
  const { status, headers, body } = errorResponse(fault, null);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}Connection: close\r\n\r\n${body}`);
}

/** One server: the token path first and bare, everything else through `app`. */
export function createHttpServer(tokenEndpoint: TokenEndpoint, app: RequestListener): Server {
  const server = createServer(LIMITS, (req, res) => {
    if (req.headers.host === undefined) {
      return sendError(res, new AppError('bad_request', 'The Host header is missing.'), null);
    }
    if (!tokenEndpoint(req, res)) app(req, res);
  });
  server.on('clientError', refuseUnparsable);
  return server;
}

/** Resolves once the server listens; rejects with the system's error where it cannot. */
export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Takes no new connections, lets the running requests finish for at most `grace` milliseconds, then cuts the rest. */
export function drain(server: Server, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), grace);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
