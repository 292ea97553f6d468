import { connect, type Socket } from 'node:net';
import { elementSplitter, encodeCommand, type Reply } from './resp.ts';

/** A path of a Unix socket, or host and port. */
export type Target = { readonly path: string } | { readonly host: string; readonly port: number };

export interface CliOptions {
  readonly password?: string | undefined;
  /** Milliseconds until it gives up. */
  readonly timeout?: number;
}

function exchange(socket: Socket, commands: readonly (readonly (string | number)[])[]) {
  return new Promise<Reply[]>((resolve, reject) => {
    const replies: Reply[] = [];
    const split = elementSplitter();
    socket.on('data', (chunk) => {
      replies.push(...split(chunk).map(({ value }) => value));
      if (replies.length >= commands.length) resolve(replies);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection was closed before the reply')));
    socket.write(Buffer.concat(commands.map(encodeCommand)));
  });
}

/** One command on a connection of its own, as redis-cli does. Rejects with the server's error, or when nothing answers. */
export async function cli(
  target: Target,
  args: readonly (string | number)[],
  { password, timeout = 5000 }: CliOptions = {},
): Promise<Reply> {
  const socket = connect(target);
  const late = setTimeout(
    () => socket.destroy(new Error(`${args.join(' ')}: no reply within ${timeout} ms`)),
    timeout,
  );
  try {
    const auth = password === undefined ? [] : [['AUTH', password]];
    const replies = await exchange(socket, [...auth, args]);
    const failed = replies.find((reply) => reply instanceof Error);
    if (failed !== undefined) throw failed;
    return replies.at(-1) as Reply;
  } finally {
    clearTimeout(late);
    socket.destroy();
  }
}

/** INFO as a map. */
export function parseInfo(text: Reply): ReadonlyMap<string, string> {
  return new Map(
    String(text)
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1)];
      }),
  );
}
