import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError } from '../errors.ts';
import type { Address } from './address.ts';
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

const NO_TUNNELS = new AppError('method_not_allowed', 'This server is no proxy.');
const NO_HTTP = new AppError('bad_request', 'This is not an HTTP/1.1 request.');
const UNKNOWN_EXPECTATION = new AppError(
  'bad_request',
  'The Expect header may only be 100-continue.',
);
const PARSER_ERRORS: Readonly<Record<string, AppError>> = Object.assign(Object.create(null), {
  HPE_HEADER_OVERFLOW: new AppError(
    'headers_too_large',
    `Request line and headers are over ${MAX_HEADER_SIZE} bytes. Ask for fewer scopes at once, or use POST.`,
  ),
  ERR_HTTP_REQUEST_TIMEOUT: new AppError('bad_request', 'The request took too long to arrive.'),
});

/** How long a connection whose request was refused may go on sending, in milliseconds. */
const LINGER = 1_000;

/** Answers where there is no response object, only a socket. */
function refuseOnSocket(socket: Duplex, fault: AppError): void {
  const { status, headers, body } = errorResponse(fault, null);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // After CONNECT nobody else listens, and an error that nobody hears ends the process.
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}Connection: close\r\n\r\n${body}`);
  // RFC 9112, section 9.6: closing with unread bytes may reset the connection before the answer has been read.
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER).unref();
}

/** A request that node:http could not parse. It says so again for every further piece of the same request. */
function refuseUnparsable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (socket.writableEnded && error.code !== 'ECONNRESET') return;
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  refuseOnSocket(socket, PARSER_ERRORS[error.code ?? ''] ?? NO_HTTP);
}

/** RFC 9112, section 3.2: one Host. node:http hides a second one, and a proxy may have gone by either. */
function hostFault({ rawHeaders }: IncomingMessage): AppError | null {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts === 1) return null;
  const message =
    hosts === 0 ? 'The Host header is missing.' : 'There is more than one Host header.';
  return new AppError('bad_request', message);
}

/** One server: the token path first and bare, everything else through `app`. */
export function createHttpServer(tokenEndpoint: TokenEndpoint, app: RequestListener): Server {
  const server = createServer(LIMITS, (req, res) => {
    const fault = hostFault(req);
    if (fault !== null) return sendError(res, fault, null);
    if (!tokenEndpoint(req, res)) app(req, res);
  });
  // The size is bounded already, and the headers beyond a count would be dropped: a credential among them as well.
  server.maxHeadersCount = 0;
  server.on('clientError', refuseUnparsable);
  server.on('connect', (_req, socket) => refuseOnSocket(socket, NO_TUNNELS));
  server.on('checkExpectation', (_req, res) => sendError(res, UNKNOWN_EXPECTATION, null));
  return server;
}

/** Resolves to the port once the server listens; rejects with the system's error where it cannot. */
export function listen(server: Server, { host, port }: Address): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** How often connections that have become idle are looked for while the server ends, in milliseconds. */
const SWEEP = 25;

/** Takes no new connections, lets the running requests finish for at most `grace` milliseconds, then cuts the rest. */
export function drain(server: Server, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), grace);
    // A client keeps its connection after an answer, so those that are busy now must be let go later.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}
