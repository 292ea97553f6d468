/**
 * A client for thousands of requests: few connections, one request at a time on each, and no more of HTTP than our own
 * server speaks (RFC 9112 with a Content-Length). Node's client takes as long as the server itself.
 */
import { connect, type Socket } from 'node:net';

export interface Sent {
  readonly method: string;
  /** From / on, with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
}

export interface Got {
  readonly status: number;
  /** `Name: value` lines, as they came. */
  readonly headers: readonly string[];
  readonly text: string;
}

export interface Client {
  send(what: Sent): Promise<Got>;
  close(): void;
}

const CONNECTIONS = 16;
const END_OF_HEAD = '\r\n\r\n';

interface Connection {
  ask(request: string): Promise<Got>;
  close(): void;
}

/** null: there is more to come. */
function parse(data: Buffer): Got | null {
  const end = data.indexOf(END_OF_HEAD);
  if (end === -1) return null;
  const [first = '', ...headers] = data.subarray(0, end).toString('latin1').split('\r\n');
  const length = headers.find((line) => /^content-length:/i.test(line))?.slice(15) ?? '0';
  const body = data.subarray(end + END_OF_HEAD.length);
  if (body.length < Number(length)) return null;
  return { status: Number(first.split(' ')[1]), headers, text: body.toString() };
}

function open(url: URL): Connection {
  const socket: Socket = connect(Number(url.port), url.hostname).setNoDelay(true);
  let waiting: { resolve(got: Got): void; reject(error: Error): void } | null = null;
  let data = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    data = Buffer.concat([data, chunk]);
    const got = parse(data);
    if (got === null) return;
    data = Buffer.alloc(0);
    waiting?.resolve(got);
  });
  const fail = (error?: Error) => waiting?.reject(error ?? new Error('the server hung up'));
  socket.on('error', fail).on('close', () => fail());
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => void socket.destroy(),
  };
}

export function createClient(address: string): Client {
  const url = new URL(address);
  const all = Array.from({ length: CONNECTIONS }, () => open(url));
  const idle = [...all];
  return {
    async send({ method, path, headers, body }) {
      const connection = idle.pop();
      if (connection === undefined) throw new Error('every connection is busy');
      const text = body === undefined ? '' : JSON.stringify(body);
      const type = text === '' ? {} : { 'Content-Type': 'application/json' };
      const length = { 'Content-Length': Buffer.byteLength(text) };
      const lines = Object.entries({ Host: url.host, ...headers, ...type, ...length });
      const head = lines.map(([name, value]) => `${name}: ${value}`).join('\r\n');
      const got = await connection.ask(`${method} ${path} HTTP/1.1\r\n${head}\r\n\r\n${text}`);
      idle.push(connection);
      return got;
    },
    close: () => all.forEach((connection) => connection.close()),
  };
}

/** What does the work for each, as many at once as there are connections; in the order of the list. */
export async function each<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return results;
}
