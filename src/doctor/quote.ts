/** Words of other servers, made fit to stand in a sentence. */
import type { Answer } from './exchange.ts';

const LONGEST = 200;
const STARS = '********';

/** Cut, on one line, without control characters; `secrets` are starred out, for a server may repeat what it was sent. */
export function quote(text: string, secrets: readonly string[] = []): string {
  const starred = secrets.filter(Boolean).reduce((all, one) => all.replaceAll(one, STARS), text);
  const line = starred.replaceAll(/\s+/g, ' ').replaceAll(/\p{C}/gu, '?').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

/** The JSON object of an answer; null for anything else. */
export function jsonOf({ text }: Answer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** What a server gave as its reason: `details`, the first of `errors`, or OAuth's `error_description`. '' if nothing. */
export function reasonOf(answer: Answer, secrets: readonly string[] = []): string {
  const body = jsonOf(answer);
  const errors = body?.['errors'];
  const first = Array.isArray(errors) ? (errors[0] as { message?: unknown } | null) : null;
  const said = body?.['details'] ?? first?.message ?? body?.['error_description'];
  return typeof said === 'string' ? quote(said, secrets) : '';
}

export function isHtml({ headers, text }: Answer): boolean {
  return /html/i.test(headers['content-type'] ?? '') || /^\s*<(!doctype|html)/i.test(text);
}
