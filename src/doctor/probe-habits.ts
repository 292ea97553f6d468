/** Steps refresh and fallback: what the token server does that shows only later, elsewhere. */
import { secretsOf, tokenGet, type Credential } from './ask-token.ts';
import type { Demand } from './check-registry.ts';
import { tokenOf } from './check-token.ts';
import { serverBaseOf } from './address.ts';
import type { Send } from './exchange.ts';
import { found, well, type Finding } from './finding.ts';
import { jsonOf, quote } from './quote.ts';

/** Asks as `docker login` does, and gives a refresh token back at once. */
export async function probeRefresh(
  send: Send,
  demand: Demand,
  credential: Credential,
): Promise<Finding | null> {
  const exchange = await send(tokenGet(demand, { credential, offline: true }));
  if (exchange.kind === 'trouble' || tokenOf(exchange) === null) return null;
  const token = jsonOf(exchange)?.['refresh_token'];
  if (typeof token !== 'string' || token === '') {
    return well('refresh', 'docker login keeps the password: the service gives no refresh token.');
  }
  const revoked = await revoke(send, demand.realm, token);
  return found(
    'refresh',
    'refresh_token_given',
    `docker login is given a refresh token, and puts it into config.json in place of the password. A kubelet ignores it, and pulls as nobody.${revoked ? '' : ' The one that the doctor was given could not be revoked, and ends by itself.'}`,
    'Make pull secrets with `kubectl create secret docker-registry` and a deploy token, never from a config.json; or set services.<name>.refresh_tokens of wharfpass to false.',
  );
}

/** RFC 7009, where wharfpass has it: beside the realm, at its origin. True: the token is gone. */
async function revoke(send: Send, realm: URL, token: string): Promise<boolean> {
  const base = serverBaseOf(realm) ?? realm.origin;
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams({ token, token_type_hint: 'refresh_token' }).toString();
  const url = new URL(`${base}/oauth/revoke`);
  const answer = await send({ url, method: 'POST', headers, body });
  return answer.kind === 'answer' && answer.status === 200;
}

/** One attempt with a wrong secret, which the server counts and logs as such. */
export async function probeFallback(
  send: Send,
  demand: Demand,
  wrong: Credential,
): Promise<Finding | null> {
  const exchange = await send(tokenGet(demand, { credential: wrong }));
  if (exchange.kind === 'trouble') return null;
  if (exchange.status === 401) return well('fallback', 'A wrong password is refused.');
  if (tokenOf(exchange) === null) return null;
  const subject = quote(tokenOf(exchange)?.text?.subject ?? '', secretsOf(wrong));
  return found(
    'fallback',
    'anonymous_fallback',
    `The realm answers a wrong password with a token${subject === '' ? ' for nobody' : ` for ${subject}`}: logins with bad credentials seem to succeed, and pulls fail later.`,
    'Let the Authorization header through the proxy, and have the token server answer 401 to a credential that is not good, also where anybody may pull.',
  );
}
