/** The many words of the network and of TLS for why there was no answer → a few that a person can act on. */

export type TroubleKind =
  | 'unreachable'
  | 'no_such_host'
  | 'no_answer_in_time'
  | 'no_http'
  | 'tls_unknown_authority'
  | 'tls_expired'
  | 'tls_wrong_host'
  | 'tls_failed'
  | 'http_to_tls_port'
  | 'tls_to_http_port';

/** Error codes of node:net, node:dns and node:tls (there: OpenSSL's X509_V_ERR names). */
const BY_CODE: Readonly<Record<string, TroubleKind>> = {
  ENOTFOUND: 'no_such_host',
  EAI_AGAIN: 'no_such_host',
  ECONNREFUSED: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EACCES: 'unreachable',
  ETIMEDOUT: 'no_answer_in_time',
  ABORT_ERR: 'no_answer_in_time',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls_unknown_authority',
  UNABLE_TO_GET_ISSUER_CERT: 'tls_unknown_authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls_unknown_authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls_unknown_authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls_unknown_authority',
  CERT_UNTRUSTED: 'tls_unknown_authority',
  CERT_SIGNATURE_FAILURE: 'tls_unknown_authority',
  INVALID_CA: 'tls_unknown_authority',
  CERT_HAS_EXPIRED: 'tls_expired',
  CERT_NOT_YET_VALID: 'tls_expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls_wrong_host',
  HOSTNAME_MISMATCH: 'tls_wrong_host',
  ERR_SSL_WRONG_VERSION_NUMBER: 'tls_to_http_port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'tls_to_http_port',
  ERR_SSL_HTTP_REQUEST: 'tls_to_http_port',
};

/** What node:http, node:net and node:tls reject with. */
interface NetworkError extends NodeJS.ErrnoException {
  /** Of an AggregateError: one for each address of a name. */
  readonly errors?: readonly NetworkError[];
}

export function troubleOf(error: unknown): { trouble: TroubleKind; detail: string } {
  const { code = '', name, message, errors } = error as NetworkError;
  if (name === 'TimeoutError') return IN_TIME;
  const first = errors?.[0];
  if (first !== undefined) return troubleOf(first);
  const tls = /^(ERR_SSL|ERR_TLS|EPROTO|CERT_)/.test(code);
  const trouble = BY_CODE[code] ?? (tls ? tlsTrouble(message) : 'no_http');
  return { trouble, detail: code === '' ? message : code };
}

export const IN_TIME = { trouble: 'no_answer_in_time', detail: 'no answer in time' } as const;

/** OpenSSL's reason stands in the message only, where the code is EPROTO. */
function tlsTrouble(message: string): TroubleKind {
  const spokenToInPlain = /wrong version number|packet length too long|http request/i;
  return spokenToInPlain.test(message) ? 'tls_to_http_port' : 'tls_failed';
}
