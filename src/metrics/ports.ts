/** What the rest of wharfpass knows of its own metrics. */
import type { CredentialKind } from '../credential/credential-kind.ts';

/** What became of a request for a token. docs/metrics.md says each in a sentence. */
export const TOKEN_OUTCOMES = [
  'granted',
  'narrowed',
  'empty',
  'unauthorized',
  'bad_request',
  'too_many_requests',
  'unavailable',
  'failed',
] as const;
export type TokenOutcome = (typeof TOKEN_OUTCOMES)[number];

/** `unknown`: the request was refused before its credential could be read. */
export const COUNTED_CREDENTIALS = [
  'anonymous',
  'job_token',
  'extended_job_token',
  'deploy_token',
  'personal_access_token',
  'refresh_token',
  'password',
  'unknown',
] as const satisfies readonly (CredentialKind | 'unknown')[];
export type CountedCredential = (typeof COUNTED_CREDENTIALS)[number];

/** Called for every request for a token, so it must cost nothing to speak of. */
export type CountTokenRequest = (
  outcome: TokenOutcome,
  credential: CountedCredential,
  ms: number,
) => void;

/** An attempt to write with the password of an ended job; `revoked`: it was the one too many. */
export type CountWriteAttempt = (revoked: boolean) => void;

/** Of what registries tell; the alert is about a job that pushed, mounted or deleted. */
export type CountRegistryEvent = (
  action: 'pull' | 'push' | 'mount' | 'delete',
  alert: 'none' | 'job_ended' | 'unknown_job',
) => void;

/** A request to the REST API that was answered with 429, by the setting that says how many are too many. */
export type CountRateLimited = (limit: 'requests' | 'failures') => void;

/** All metrics as they are now. */
export interface MetricsPage {
  readonly contentType: string;
  text(): Promise<string>;
}
