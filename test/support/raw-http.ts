import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** All that came, in case there was more than one answer. */
  readonly text: string;
  readonly milliseconds: number;
}

/** How long a silent server counts as hung, in milliseconds. */
const PATIENCE = 5_000;

function parse(text: string, milliseconds: number): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = rest.join('\r\n\r\n');
  return { status: Number(first.split(' ')[1] ?? 0), headers, body, text, milliseconds };
}

/** True once the first answer has come in whole. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /^content-length: (\d+)/im.exec(text.slice(0, end))?.[1];
  return length !== undefined && Buffer.byteLength(text.slice(end + 4)) >= Number(length);
}

/**
 * Writes bytes to a server as they are, which no HTTP client would, and reads the first answer. Status 0 with no text
 * stands for a server that hung up without a word.
 */
export function sendRaw(
  url: string,
  bytes: string | Buffer,
  patience = PATIENCE,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const start = performance.now();
    let text = '';
    const socket = connect(Number(port), hostname);
    const done = (): void => {
      socket.destroy();
      resolve(parse(text, performance.now() - start));
    };
    socket.setTimeout(patience, () => {
      socket.destroy();
      reject(new Error(`no whole answer within ${patience} ms; so far: ${JSON.stringify(text)}`));
    });
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (isWhole(text)) done();
    });
    socket.on('end', done);
    // A reset after the answer is a hang-up like any other; before it, there is no text.
    socket.on('error', done);
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  });
}
