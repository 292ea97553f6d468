/** Step login: the credential, sent to the realm and nowhere else, and only where nobody can read it on the way. */
import { isPrivateLine } from './address.ts';
import { secretsOf, tokenGet, tokenPost, type Credential } from './ask-token.ts';
import { judgeRealmAnswer } from './check-realm-answer.ts';
import type { Demand } from './check-registry.ts';
import { tokenOf, type GivenToken } from './check-token.ts';
import { found, well, type Finding } from './finding.ts';
import type { Line } from './line.ts';
import { reasonOf } from './quote.ts';

const step = 'login';

export interface Login {
  readonly findings: readonly Finding[];
  readonly token: GivenToken | null;
}

/** Null if the credential may go to the realm; else why it stays here. */
export function withheld(line: Line, registry: URL, { realm }: Demand): Finding | null {
  if (line.insecure || (isPrivateLine(realm) && isPrivateLine(registry))) return null;
  const [who, url] = isPrivateLine(realm)
    ? ['registry, which names the realm,', registry]
    : ['realm', realm];
  return found(
    step,
    'credential_withheld',
    `The credential was not sent: the ${who} is plain http on a network (${url.origin}).`,
    'Mend that first. --insecure sends the credential all the same, for whoever is on the way to read.',
  );
}

export async function probeLogin(
  line: Line,
  demand: Demand,
  credential: Credential,
): Promise<Login> {
  const exchange = await line.send(tokenGet(demand, { credential }));
  if (exchange.kind === 'trouble') {
    const sentence = `The realm gave no answer to the credential (${exchange.detail}).`;
    return {
      token: null,
      findings: [
        found(
          step,
          'realm_unavailable',
          sentence,
          'Try again, and see the log of the token server and of the proxy before it.',
        ),
      ],
    };
  }
  const { status } = exchange;
  if (status === 401) {
    const reason = reasonOf(exchange, secretsOf(credential));
    return { token: null, findings: [await judgeRefusal(line, demand, credential, reason)] };
  }
  const wrong = judgeRealmAnswer(exchange, null);
  if (wrong !== null) return { token: null, findings: [{ ...wrong, step }] };
  const token = tokenOf(exchange);
  if (token === null) {
    const sentence = `The realm answers ${status} to the credential, and there is no token in it.`;
    const remedy = 'Clients need JSON with token or access_token. See what stands at the realm.';
    return { token: null, findings: [found(step, 'no_token', sentence, remedy)] };
  }
  if (token.text?.subject === '') {
    const sentence = 'The realm gave a token for nobody although a credential was sent.';
    const remedy =
      'The proxy before the realm takes the Authorization header away, or the token server ignores it. Let Authorization through unchanged.';
    return { token, findings: [found(step, 'credential_ignored', sentence, remedy)] };
  }
  const who = token.text?.subject ?? credential.username;
  return { token, findings: [well(step, `The credential is good; the registry will see ${who}.`)] };
}

/** A credential that is good in a form and not in a header has lost the header on the way. */
async function judgeRefusal(
  line: Line,
  demand: Demand,
  credential: Credential,
  reason: string,
): Promise<Finding> {
  const posted = await line.send(tokenPost(demand, credential));
  if (posted.kind === 'answer' && tokenOf(posted) !== null) {
    return found(
      step,
      'authorization_stripped_at_realm',
      'The credential is good when posted in a form, and refused in the Authorization header: the header does not reach the token server.',
      'The proxy before the realm takes the header away or puts its own in its place. Let Authorization through unchanged.',
    );
  }
  const said = reason === '' ? '' : ` It says: ${reason}`;
  return found(
    step,
    'credential_refused',
    `The token server refuses the credential.${said}`,
    'Check username and secret: a job token goes with gitlab-ci-token and dies with its job, a deploy token with its own username. Whether it has ended, `wharfpass token list`, `deploy-token list` and `job show` say.',
  );
}
