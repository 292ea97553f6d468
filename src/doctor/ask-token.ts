/** Requests for a token, as registry clients make them (Distribution, "Token Authentication Specification"). */
import type { Secret } from '../credential/secret.ts';
import type { Demand } from './check-registry.ts';
import type { Request } from './exchange.ts';

export interface Credential {
  readonly username: string;
  readonly secret: Secret;
}

export interface Ask {
  readonly credential: Credential | null;
  readonly scopes?: readonly string[];
  /** As `docker login` asks for a refresh token. */
  readonly offline?: boolean;
}

const CLIENT = 'wharfpass-doctor';

const pairOf = ({ username, secret }: Credential): string =>
  Buffer.from(`${username}:${secret.reveal()}`).toString('base64');

/** The forms in which a server might repeat the credential. */
export function secretsOf(credential: Credential | null): readonly string[] {
  return credential === null ? [] : [credential.secret.reveal(), pairOf(credential)];
}

/** GET with Basic. The query that a realm has already is kept, as clients keep it. */
export function tokenGet({ realm, service }: Demand, ask: Ask): Request {
  const { credential, scopes = [], offline = false } = ask;
  const url = new URL(realm);
  if (credential !== null) url.searchParams.append('account', credential.username);
  url.searchParams.append('client_id', CLIENT);
  if (offline) url.searchParams.append('offline_token', 'true');
  if (service !== null) url.searchParams.append('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (credential === null) return { url };
  return { url, headers: { Authorization: `Basic ${pairOf(credential)}` } };
}

/** POST with the password grant: the credential in the form, and in no header. */
export function tokenPost({ realm, service }: Demand, { username, secret }: Credential): Request {
  const form = new URLSearchParams({
    grant_type: 'password',
    client_id: CLIENT,
    ...(service !== null && { service }),
    username,
    password: secret.reveal(),
  });
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return { url: new URL(realm), method: 'POST', headers, body: form.toString() };
}
