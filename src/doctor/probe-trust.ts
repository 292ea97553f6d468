/** Steps trust and headers: whether the registry takes the token, and lets one of full length through. */
import { readDate } from './check-clock.ts';
import type { GivenToken } from './check-token.ts';
import { judgeRefusal, type Refusal } from './check-trust.ts';
import { found, well, type Finding } from './finding.ts';
import { challengeError } from './generation.ts';
import type { Send } from './exchange.ts';

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

export type Known = Pick<Refusal, 'kind' | 'configured' | 'authority'>;

/** Null: the refusal was for what has been said already, or there is nothing to say. */
export async function probeTrust(
  send: Send,
  registry: URL,
  token: GivenToken,
  known: Known,
): Promise<Finding | null> {
  const url = new URL('/v2/', registry);
  const exchange = await send({ url, headers: bearer(token.raw) });
  if (exchange.kind === 'answer' && exchange.status === 200) {
    return well('trust', 'The registry takes the token: issuer, service, key and clock fit.');
  }
  const error = challengeError(exchange);
  if (exchange.kind === 'trouble' || error === undefined) {
    const what = exchange.kind === 'trouble' ? exchange.detail : `status ${exchange.status}`;
    const sentence = `The registry does not answer a token as it should (${what}).`;
    return found(
      'trust',
      'registry_status',
      sentence,
      'Look at the log of the registry and of the proxy before it.',
    );
  }
  if (token.text === null) return null;
  return judgeRefusal({
    ...known,
    token: token.text,
    error,
    registryTime: readDate(exchange.headers.date),
    keyKnown: known.kind.generation === 3 ? await isKeyKnown(send, url, token.raw) : null,
  });
}

/** Distribution 3 looks for the key first, and names no error where only the signature is broken (token.go, Verify). */
async function isKeyKnown(send: Send, url: URL, token: string): Promise<boolean | null> {
  const at = token.lastIndexOf('.') + 1;
  const broken = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
  const error = challengeError(await send({ url, headers: bearer(broken) }));
  return error === undefined ? null : error === null;
}

/** @param size bytes of the longest token that the token server gives */
export async function probeLongHeader(send: Send, registry: URL, size: number): Promise<Finding> {
  const url = new URL('/v2/', registry);
  const exchange = await send({ url, headers: bearer('x'.repeat(size)) });
  if (exchange.kind === 'answer' && exchange.status === 401) {
    return well('headers', `A header with a token of ${size} bytes reaches the registry.`);
  }
  const what = exchange.kind === 'trouble' ? exchange.detail : `status ${exchange.status}`;
  return found(
    'headers',
    'header_too_long',
    `A header with a token of ${size} bytes does not reach the registry (${what}): a proxy refuses it, and so pushes that name several repositories.`,
    `Raise the limit of the proxy (nginx: large_client_header_buffers 4 16k; haproxy: tune.bufsize), or lower token.max_size of wharfpass so that it says no with a reason.`,
  );
}
