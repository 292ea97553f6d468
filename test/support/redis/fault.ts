/** What can go wrong between a client and Redis, at the boundaries of commands and replies. */
import { encodeCommand } from './resp.ts';

/** `request`: the server never sees the command. `reply`: it has run, and the answer is lost. */
export type Stage = 'request' | 'reply';
export type Ending = 'RST' | 'FIN';

export type Fault =
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'cut'; readonly at: Stage; readonly by: Ending }
  /** Nothing passes on this connection any more, and nobody is told. */
  | { readonly kind: 'hang'; readonly at: Stage }
  | { readonly kind: 'halfReply'; readonly by: 'hang' | Ending }
  /** The next reply arrives in its place. */
  | { readonly kind: 'dropReply' }
  | { readonly kind: 'duplicateReply' }
  /** The server runs the command twice, and the client gets one of the two replies. */
  | { readonly kind: 'duplicateRequest'; readonly answer: 'first' | 'second' }
  | { readonly kind: 'wrongType'; readonly reply: Buffer };

export const delay = (ms: number): Fault => ({ kind: 'delay', ms });
export const cut = (at: Stage = 'reply', by: Ending = 'RST'): Fault => ({ kind: 'cut', at, by });
export const hang = (at: Stage = 'reply'): Fault => ({ kind: 'hang', at });
export const halfReply = (by: 'hang' | Ending = 'RST'): Fault => ({ kind: 'halfReply', by });
export const dropReply: Fault = { kind: 'dropReply' };
export const duplicateReply: Fault = { kind: 'duplicateReply' };
export const duplicateRequest = (answer: 'first' | 'second' = 'second'): Fault => ({
  kind: 'duplicateRequest',
  answer,
});

/** Replies that no script of ours gives. */
export const wrongReplies = {
  integer: ':1\r\n',
  string: '$2\r\nok\r\n',
  status: '+OK\r\n',
  null: '$-1\r\n',
  'empty array': '*0\r\n',
  'another array': '*3\r\n:0\r\n$1\r\nx\r\n*1\r\n$-1\r\n',
  error: '-ERR something the client does not expect\r\n',
} as const;
export type WrongReply = keyof typeof wrongReplies;

export const wrongType = (reply: WrongReply): Fault => ({
  kind: 'wrongType',
  reply: Buffer.from(wrongReplies[reply]),
});
/** An array of these texts in place of the reply, for one that looks right and is not. */
export const forgedReply = (...texts: readonly string[]): Fault => ({
  kind: 'wrongType',
  reply: encodeCommand(texts),
});

/** Every fault by name, for suites that try all of them at each place. The delay is past any deadline of a client. */
export const everyFault: readonly (readonly [name: string, fault: Fault])[] = [
  ['a reply that is too late', delay(600)],
  ['a reset before the command arrives', cut('request', 'RST')],
  ['an end before the command arrives', cut('request', 'FIN')],
  ['a reset before the reply arrives', cut('reply', 'RST')],
  ['an end before the reply arrives', cut('reply', 'FIN')],
  ['a command that never arrives', hang('request')],
  ['a reply that never arrives', hang('reply')],
  ['half a reply and silence', halfReply('hang')],
  ['half a reply and a reset', halfReply('RST')],
  ['half a reply and an end', halfReply('FIN')],
  ['a reply that is left out', dropReply],
  ['a reply that comes twice', duplicateReply],
  ['a command that arrives twice', duplicateRequest('second')],
  ...Object.keys(wrongReplies).map(
    (name) => [`a reply of another kind: ${name}`, wrongType(name as WrongReply)] as const,
  ),
];
