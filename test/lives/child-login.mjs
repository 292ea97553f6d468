/** A login at the token endpoint, without HTTP: what the signed token says is what the registry would believe. */
const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());

/** @param made what the step before has handed out, for a login with a secret that nobody knew when it was sent */
export async function login({ code, issueToken }, { key, just, repository, actions }, made) {
  const [username, text] = just === undefined ? key : made[just];
  const outcome = await issueToken({
    id: 'lives',
    credential: { kind: 'basic', username, secret: new code.Secret(text) },
    service: null,
    scopes: [`repository:${repository}:${actions.join(',')}`],
    account: null,
    clientId: null,
    userAgent: null,
    ip: null,
  });
  if (outcome.kind !== 'issued') return { no: outcome.message };
  const { sub, access } = claimsOf(outcome.token);
  const granted = access.flatMap((entry) => entry.actions).sort();
  return { sub, granted, seconds: outcome.expiresIn };
}
