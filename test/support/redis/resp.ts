/** RESP2 and RESP3 on the wire (redis.io, "Redis serialization protocol"), enough for commands, replies and where they end. */

/** An error is a value here: a caller may want to look at it. A map is a flat array, as in RESP2. */
export type Reply = string | number | null | Error | readonly Reply[];

export function encodeCommand(args: readonly (string | number)[]): Buffer {
  const parts = args.map(String).map((text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`);
  return Buffer.from(`*${args.length}\r\n${parts.join('')}`);
}

export interface Element {
  readonly value: Reply;
  /** Offset behind its last byte. */
  readonly end: number;
}

/** An aggregate of `count` elements whose first begins at `at`. */
function parseArray(bytes: Buffer, at: number, count: number): Element | undefined {
  const items: Reply[] = [];
  let end = at;
  while (items.length < count) {
    const item = parse(bytes, end);
    if (item === undefined) return undefined;
    items.push(item.value);
    end = item.end;
  }
  return { value: items, end };
}

type Line = (text: string) => Reply;
/** The types that are one line, by their first byte. */
const lines: ReadonlyMap<string, Line> = new Map<string, Line>([
  ['+', (text) => text],
  ['-', (text) => new Error(text)],
  [':', Number],
  [',', Number],
  ['(', (text) => text],
  ['#', (text) => (text === 't' ? 1 : 0)],
  ['_', () => null],
]);
/** Elements that stand behind a count of one. */
const aggregates: ReadonlyMap<string, number> = new Map([
  ['*', 1],
  ['~', 1],
  ['>', 1],
  ['%', 2],
]);
const blobs = '$!=';

/** The element that begins at `at`, undefined where it is not whole yet. Throws on what is not RESP. */
export function parse(bytes: Buffer, at = 0): Element | undefined {
  const newline = bytes.indexOf('\r\n', at);
  if (newline === -1) return undefined;
  const type = String.fromCharCode(bytes[at] as number);
  const line = bytes.toString('utf8', at + 1, newline);
  const end = newline + 2;
  const ofLine = lines.get(type);
  if (ofLine !== undefined) return { value: ofLine(line), end };
  const size = Number(line);
  const each = aggregates.get(type);
  if (each === undefined && !blobs.includes(type)) throw new Error(`not RESP: ${type}${line}`);
  if (size < 0) return { value: null, end };
  if (each !== undefined) return parseArray(bytes, end, size * each);
  if (bytes.length < end + size + 2) return undefined;
  return { value: bytes.toString('utf8', end, end + size), end: end + size + 2 };
}

export interface Whole {
  readonly raw: Buffer;
  readonly value: Reply;
}

/** Cuts a stream into whole elements. Each call takes the next chunk and gives what it completed, as raw bytes. */
export function elementSplitter(): (chunk: Buffer) => Whole[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole: Whole[] = [];
    let start = 0;
    for (let next = parse(rest); next !== undefined; next = parse(rest, start)) {
      whole.push({ raw: rest.subarray(start, next.end), value: next.value });
      start = next.end;
    }
    rest = rest.subarray(start);
    return whole;
  };
}
