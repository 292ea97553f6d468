/** What a request is called, and its bytes (as latin1, so that any byte can be written). */
export type Hostile = readonly [name: string, bytes: string];

export const HOST = 'Host: registry.example';
export const MEGABYTE = 1_000_000;

/** A request as HTTP/1.1 wants it, from parts that need not be. */
export function raw(line: string, headers: readonly string[] = [HOST], body = ''): string {
  return `${line}\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n${body}`;
}

export function rawGet(query: string, ...headers: string[]): string {
  return raw(`GET /token?${query} HTTP/1.1`, [HOST, ...headers]);
}

/** A form, unless the headers say otherwise; its length is added where they give none. */
export function rawPost(body: string, ...headers: string[]): string {
  const has = (names: RegExp): boolean => headers.some((header) => names.test(header));
  const type = has(/^content-type:/i) ? [] : ['Content-Type: application/x-www-form-urlencoded'];
  const sized = has(/^(content-length|transfer-encoding) ?:/i);
  const length = sized ? [] : [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`];
  return raw('POST /token HTTP/1.1', [HOST, ...type, ...length, ...headers], body);
}

export const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

export const basicHeader = (text: string): string => `Authorization: Basic ${base64(text)}`;

/** One case for each text, named after the text. */
export function each(
  kind: string,
  texts: readonly string[],
  bytesOf: (text: string) => string,
): Hostile[] {
  return texts.map((text) => {
    const shown = text.length > 60 ? `${text.slice(0, 60)}… of ${text.length}` : text;
    return [`${kind} ${JSON.stringify(shown)}`, bytesOf(text)];
  });
}
