/** One connection to one server: commands in, answers out in the same order, nothing repeated. */
import { Command, Redis as Client } from 'ioredis';
import type { Logger } from '../../../log.ts';
import { clientOptions, COMMAND_TIMEOUT, TIMED_OUT, type Access } from './client-options.ts';
import { createDeadlines } from './deadline.ts';
import { endpointText, type Endpoint } from './endpoint.ts';

/** Milliseconds without an answer to anything after which a connection is given up. */
const STALLED = 400;
/** Characters after which a write does not wait for more: the server may as well begin. */
const CHUNK = 65_536;
const UNASKED = 'Command queue state error';

export interface Answer {
  /** `value` is what the server said: text, integer, null or an array of these. */
  answered(value: unknown): void;
  /** The server's error, or no answer. */
  failed(error: Error): void;
  /** What came for it after it had failed for want of an answer: its own answer, or that of the next command. */
  late?(value: unknown): void;
}

export interface Line {
  readonly server: Endpoint;
  ready(): boolean;
  /** Changes with every new connection, behind which may be a server that knows nothing of what the last one did. */
  generation(): number;
  /**
   * Commands sent in one turn of the event loop leave in one write, in order, on one connection. Never throws; the
   * answer comes later, within the time that a command may take.
   */
  send(name: string, args: readonly string[], answer: Answer): void;
  /** Destroys the connection and fails what is under way on it; a new one is made. */
  reset(): void;
  close(): void;
}

interface Sent {
  readonly answer: Answer;
  /** On the monotonic clock. */
  readonly sentAt: number;
  done: boolean;
}

export interface LineOptions {
  readonly server: Endpoint;
  readonly access: Access;
  /** Shown by CLIENT LIST. */
  readonly name: string;
  readonly log: Logger;
  /** Milliseconds that a command may take; default 250. */
  readonly commandTimeout?: number;
  /** Called each time the connection has become ready, and each time it is lost or cannot be made. */
  onState?(up: boolean): void;
}

export function openLine(options: LineOptions): Line {
  const { server, access, name, log, onState, commandTimeout = COMMAND_TIMEOUT } = options;
  const client = new Client(clientOptions(server, access, name));
  let closed = false;
  let generation = 0;
  let lastAnswer = performance.now();
  let stallCheck: NodeJS.Timeout | undefined;
  let chunk = '';
  let target: Client['stream'] | undefined;

  function reset(): void {
    if (client.status === 'ready' || client.status === 'connect') client.stream.destroy();
  }

  client.on('error', (error: Error) => {
    // An answer to nothing: from here on no answer can be trusted to be for its question.
    if (error.message.startsWith(UNASKED)) reset();
    // Never the error itself: it carries the command and its arguments.
    log.debug({ server: endpointText(server), reason: error.message.slice(0, 200) }, 'redis error');
  });
  client.on('ready', () => {
    generation += 1;
    onState?.(true);
  });
  client.on('close', () => onState?.(false));

  const gather = {
    write(text: string | Buffer): boolean {
      chunk += String(text);
      return true;
    },
  } as unknown as Client['stream'];

  function flush(): void {
    const text = chunk;
    chunk = '';
    // Where the connection is gone by now its commands have failed, or fail with its close event.
    if (target?.writable === true) target.write(text);
    target = undefined;
  }

  const limits = createDeadlines<Sent>(commandTimeout, (sent) => {
    if (!finish(sent)) return;
    watchStall(sent.sentAt);
    sent.answer.failed(new Error(TIMED_OUT));
  });

  /** A connection on which half an answer came, or none, would swallow all that follow. */
  function watchStall(sentAt: number): void {
    if (lastAnswer >= sentAt) return;
    const check = (): void => {
      stallCheck = undefined;
      if (lastAnswer < sentAt && !closed) reset();
    };
    // What lies in the socket is read before it is judged.
    stallCheck ??= setTimeout(() => setImmediate(check), STALLED - commandTimeout).unref();
  }

  function finish(sent: Sent): boolean {
    if (sent.done) return false;
    sent.done = true;
    limits.delete(sent);
    return true;
  }

  function send(commandName: string, args: readonly string[], answer: Answer): void {
    const command = new Command(commandName, args as string[], { replyEncoding: 'utf8' });
    const sent: Sent = { answer, sentAt: performance.now(), done: false };
    limits.add(sent);
    command.promise.then(
      (value: unknown) => {
        lastAnswer = performance.now();
        return finish(sent) ? answer.answered(value) : answer.late?.(value);
      },
      (error: Error) => {
        if (error.name === 'ReplyError') lastAnswer = performance.now();
        return finish(sent) && answer.failed(error);
      },
    );
    // Two connections in one turn: what was for the first is written before, and fails with it.
    if (target !== undefined && target !== client.stream) flush();
    client.sendCommand(command, gather);
    if (target === undefined && chunk !== '') {
      target = client.stream;
      setImmediate(flush);
    } else if (chunk.length > CHUNK) flush();
  }

  function close(): void {
    closed = true;
    clearTimeout(stallCheck);
    client.disconnect();
  }

  const ready = (): boolean => client.status === 'ready';
  return { server, ready, generation: () => generation, send, reset, close };
}
