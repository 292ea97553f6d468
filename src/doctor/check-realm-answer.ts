/** Answers of a realm that are no token and no refusal of a credential. */
import type { Answer } from './exchange.ts';
import { found, type Code, type Finding } from './finding.ts';
import { isHtml, reasonOf } from './quote.ts';

const step = 'realm';

/**
 * What is wrong with the answer of a realm; null where it may be a token (200), a refusal (401) or a request that it
 * does not understand (400).
 *
 * @param hint the realm that a wharfpass at that address names itself; null where none was found
 */
export function judgeRealmAnswer(answer: Answer, hint: string | null): Finding | null {
  const { url, status, headers } = answer;
  const where = url.origin + url.pathname;
  const said = reasonOf(answer);
  const because = said === '' ? '' : ` It says: ${said}`;
  const fault = (code: Code, sentence: string, remedy: string) =>
    found(step, code, sentence + because, remedy);
  if (status >= 300 && status < 400) {
    const to = (headers.location ?? 'nowhere').split('?', 1)[0];
    const final = `Set auth.token.realm of the registry to the address at the end of the redirect, and have no proxy redirect the token path.`;
    return fault(
      'realm_redirects',
      `${where} redirects (${status}) to ${to?.slice(0, 200)}. Clients drop the credential or the form on the way, and some then seem to log in without one.`,
      final,
    );
  }
  if (status === 404 || status === 405) {
    return fault('realm_not_found', `${where} answers ${status}.`, pathRemedy(hint));
  }
  if (status === 403) {
    return fault(
      'realm_forbids',
      `${where} answers 403, which wharfpass never does: a proxy or firewall before it does. containerd and BuildKit give up at once.`,
      'Let GET and POST of the token path through the proxy, for all clients and without a login of its own.',
    );
  }
  if (status === 429) {
    return fault(
      'realm_busy',
      `${where} turns requests away (429).`,
      'Try again. If it stays, raise the limit of the proxy: one push asks for many tokens at once.',
    );
  }
  if (status >= 500) {
    return fault(
      'realm_unavailable',
      `${where} answers ${status}, so nobody logs in.`,
      status === 503
        ? 'The token server cannot reach its data or its keys, or the proxy finds no server: see its log and /readyz.'
        : 'The token server or the proxy before it fails: see the log of each.',
    );
  }
  if (isHtml(answer)) {
    return fault(
      'realm_html',
      `${where} answers with a page for people (HTML, status ${status}).`,
      `A web site or a proxy's page stands where tokens should be given. ${pathRemedy(hint)}`,
    );
  }
  if ([200, 400, 401].includes(status)) return null;
  return fault(
    'realm_status',
    `${where} answers ${status}. Clients take a token with 200 only.`,
    'See whether a proxy changes the status of the token path.',
  );
}

function pathRemedy(hint: string | null): string {
  const to =
    hint ?? 'the path that gives tokens: <public_url>/token of wharfpass, with no slash after it';
  return `Set auth.token.realm of the registry to ${to}.`;
}
