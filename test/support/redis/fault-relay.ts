import type { Socket } from 'node:net';
import { resetSocket } from './reset-socket.ts';
import { sleep } from './child.ts';
import type { Ending, Fault } from './fault.ts';
import { elementSplitter, type Reply, type Whole } from './resp.ts';

/** The words of a command, the name in upper case. */
export type Command = readonly string[];

export interface FaultSource {
  /** The fault that was put on this command, if any. Asked once, when it arrives. */
  take(command: Command): Fault | undefined;
  /** The fault that holds now. Asked when the command arrives and again with its reply. */
  standing(command: Command): Fault | undefined;
}

interface Asked {
  readonly command: Command;
  readonly fault: Fault | undefined;
  /** Its reply is the extra one of a command that was sent twice. */
  readonly extra?: boolean;
}

const messages = new Set(['message', 'pmessage', 'smessage', 'invalidate']);

/** True of what a server sends unasked. */
const isPush = (value: Reply): boolean => Array.isArray(value) && messages.has(String(value[0]));

function commandOf(value: Reply): Command {
  const [name = '', ...rest] = Array.isArray(value) ? value.map(String) : [String(value)];
  return [name.toUpperCase(), ...rest];
}

/** Passes commands and replies between two sockets, whole ones only, with the faults that the source asks for. */
export function relay(client: Socket, server: Socket, source: FaultSource): void {
  const asked: Asked[] = [];
  let mute = false;
  // Replies leave in order, however long one is held.
  let before = Promise.resolve();

  const pass = (to: Socket, bytes: Buffer): void => {
    if (!mute && to.writable) to.write(bytes);
  };

  function end(by: Ending): void {
    mute = true;
    if (by === 'RST') resetSocket(client);
    else client.end();
    server.destroy();
  }

  function onCommand({ raw, value }: Whole): void {
    const command = commandOf(value);
    const fault = source.take(command) ?? source.standing(command);
    if (fault?.kind === 'cut' && fault.at === 'request') return end(fault.by);
    if (fault?.kind === 'hang' && fault.at === 'request') mute = true;
    asked.push({
      command,
      fault,
      extra: fault?.kind === 'duplicateRequest' && fault.answer === 'second',
    });
    pass(server, raw);
    if (fault?.kind !== 'duplicateRequest') return;
    asked.push({ command, fault: undefined, extra: fault.answer === 'first' });
    pass(server, raw);
  }

  function half(raw: Buffer, by: 'hang' | Ending): void {
    pass(client, raw.subarray(0, Math.ceil(raw.length / 2)));
    mute = true;
    // A reset takes back what has not left yet.
    if (by !== 'hang') setTimeout(end, 5, by);
  }

  function answer(fault: Fault | undefined, raw: Buffer): void {
    if (fault?.kind === 'hang') mute = true;
    else if (fault?.kind === 'cut') end(fault.by);
    else if (fault?.kind === 'halfReply') half(raw, fault.by);
    else if (fault?.kind === 'duplicateReply') pass(client, Buffer.concat([raw, raw]));
    else if (fault?.kind === 'wrongType') pass(client, fault.reply);
    else if (fault?.kind !== 'dropReply') pass(client, raw);
  }

  async function inTurn(turn: Promise<void>, due: number, leave: () => void): Promise<void> {
    await turn;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    leave();
  }

  function onReply({ raw, value }: Whole): void {
    const origin = isPush(value) ? undefined : asked.shift();
    if (origin?.extra === true) return;
    const fault = origin?.fault ?? source.standing(origin?.command ?? []);
    const wait = fault?.kind === 'delay' ? fault.ms : 0;
    before = inTurn(before, performance.now() + wait, () => answer(fault, raw));
  }

  const commands = elementSplitter();
  const replies = elementSplitter();
  client.on('data', (chunk) => commands(chunk).forEach(onCommand));
  server.on('data', (chunk) => replies(chunk).forEach(onReply));
  client.on('close', () => server.destroy());
  // A connection that hangs stays open: the client must find out by itself.
  server.on('close', () => void inTurn(before, 0, () => mute || client.end()));
}
