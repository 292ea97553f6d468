/** What OAuth 2.0 clients may find out by themselves (RFC 8414). */
import { AppError } from '../../errors.ts';
import type { Settings } from '../../settings/schema.ts';
import { realmOf } from '../address.ts';

const WELL_KNOWN = '/.well-known/oauth-authorization-server';

const bare = (url: string): string => url.replace(/\/+$/, '');

/** Where the metadata of an issuer are: its path, if it has one, stands behind the well-known part (RFC 8414, section 3). */
export function metadataPath(publicUrl: string | undefined): string {
  const path = publicUrl === undefined ? '' : bare(new URL(publicUrl).pathname);
  return `${WELL_KNOWN}${path}`;
}

/** @throws AppError `not_found`, saying what to set, where the issuer is no address of this server */
export function oauthMetadata({ public_url: url, issuer, services }: Settings): object {
  if (url === undefined || bare(url) !== bare(issuer)) {
    throw new AppError(
      'not_found',
      'There are no OAuth metadata here, since the issuer of this server is not its address. ' +
        'Set public_url, and issuer to the same URL; then set auth.token.issuer of each registry to it too.',
    );
  }
  const base = bare(url);
  const refresh = Object.values(services).some((service) => service.refresh_tokens);
  return {
    issuer,
    token_endpoint: realmOf(base),
    jwks_uri: `${base}/.well-known/jwks.json`,
    revocation_endpoint: `${base}/oauth/revoke`,
    introspection_endpoint: `${base}/oauth/introspect`,
    grant_types_supported: ['password', ...(refresh ? ['refresh_token'] : [])],
    // There is no authorization endpoint, and the member is required all the same.
    response_types_supported: [],
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    introspection_endpoint_auth_methods_supported: ['Bearer', 'client_secret_basic'],
  };
}
