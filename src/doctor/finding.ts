/** What the doctor says: findings as data, so that a terminal, a script and a test read the same. */

/** In the order in which they are taken. */
export type Step =
  | 'registry'
  | 'challenge'
  | 'realm'
  | 'server'
  | 'configuration'
  | 'login'
  | 'token'
  | 'trust'
  | 'headers'
  | 'clock'
  | 'repository'
  | 'refresh'
  | 'fallback';

export type Verdict = 'ok' | 'warning' | 'fault';

/** Every name that a finding may have, and how bad it is. docs/doctor.md has a line for each. */
export const VERDICTS = {
  unreachable: 'fault',
  no_such_host: 'fault',
  no_answer_in_time: 'fault',
  no_http: 'fault',
  tls_unknown_authority: 'fault',
  tls_expired: 'fault',
  tls_wrong_host: 'fault',
  tls_failed: 'fault',
  http_to_tls_port: 'fault',
  tls_to_http_port: 'fault',
  tls_ends_soon: 'warning',
  registry_plain_http: 'warning',
  registry_open: 'fault',
  registry_no_v2: 'fault',
  registry_html: 'fault',
  registry_redirects: 'fault',
  registry_status: 'fault',
  challenge_missing: 'fault',
  challenge_basic: 'fault',
  challenge_no_realm: 'fault',
  challenge_no_service: 'warning',
  realm_http: 'fault',
  realm_loopback: 'fault',
  realm_ip_literal: 'warning',
  realm_trailing_slash: 'warning',
  realm_not_public_url: 'warning',
  realm_redirects: 'fault',
  realm_not_found: 'fault',
  realm_html: 'fault',
  realm_forbids: 'fault',
  realm_unavailable: 'fault',
  realm_busy: 'warning',
  realm_status: 'fault',
  service_unknown: 'fault',
  server_not_ready: 'fault',
  server_degraded: 'warning',
  other_server: 'warning',
  credential_withheld: 'fault',
  credential_refused: 'fault',
  authorization_stripped_at_realm: 'fault',
  credential_ignored: 'fault',
  no_token: 'fault',
  token_unreadable: 'warning',
  service_mismatch: 'fault',
  audience_list: 'warning',
  token_life_short: 'fault',
  token_life_scant: 'warning',
  token_life_untrue: 'warning',
  token_too_long: 'warning',
  trust_unknown: 'warning',
  authorization_stripped: 'fault',
  token_refused: 'fault',
  issuer_mismatch: 'fault',
  bundle_mismatch: 'fault',
  kid_mismatch: 'fault',
  certificate_dates: 'fault',
  header_too_long: 'fault',
  clock_difference: 'fault',
  clock_drift: 'warning',
  own_clock: 'warning',
  repository_not_allowed: 'fault',
  repository_refused: 'fault',
  refresh_token_given: 'warning',
  anonymous_fallback: 'fault',
  config_no_token_auth: 'fault',
  config_option_missing: 'fault',
  config_realm: 'fault',
  config_not_running: 'warning',
  config_relative_path: 'warning',
  config_header_form: 'fault',
  config_algorithms: 'fault',
  config_autoredirect: 'warning',
  config_delete_off: 'warning',
  config_http_secret: 'warning',
  config_auth_file: 'fault',
  config_jwks_ignored: 'warning',
  bundle_missing: 'fault',
  bundle_unreadable: 'fault',
  bundle_empty: 'fault',
  bundle_ed25519: 'fault',
  bundle_expired: 'fault',
  bundle_lacks_key: 'fault',
  jwks_unreadable: 'fault',
  jwks_lacks_key: 'fault',
} as const satisfies Readonly<Record<string, Verdict>>;

export type Code = keyof typeof VERDICTS;

export interface Finding {
  readonly step: Step;
  readonly verdict: Verdict;
  /** null where all is well. */
  readonly code: Code | null;
  /** What was seen. Texts of other servers are cut and have no control characters; never a secret or a whole token. */
  readonly sentence: string;
  /** How to mend it, naming the setting; null where there is nothing to mend. */
  readonly remedy: string | null;
}

export const well = (step: Step, sentence: string): Finding => ({
  step,
  verdict: 'ok',
  code: null,
  sentence,
  remedy: null,
});

export const found = (step: Step, code: Code, sentence: string, remedy: string): Finding => ({
  step,
  verdict: VERDICTS[code],
  code,
  sentence,
  remedy,
});

export const hasFault = (findings: readonly Finding[]): boolean =>
  findings.some(({ verdict }) => verdict === 'fault');
