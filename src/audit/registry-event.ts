/** What a registry says happened in it (Distribution, "Registry notifications"). Texts are as it sent them. */
import type { RegistryType } from './events.ts';

export const REGISTRY_ACTIONS = ['pull', 'push', 'mount', 'delete'] as const;
export type RegistryAction = (typeof REGISTRY_ACTIONS)[number];

export interface RegistryEvent {
  /** The registry's own name of the event; one that is sent again has the same. */
  readonly id: string;
  readonly action: RegistryAction;
  /** By the registry's clock, in milliseconds; null where it said no time. */
  readonly at: number | null;
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
  /** Where a mounted layer came from. */
  readonly fromRepository: string | null;
  /** The `sub` of the token that was used; '' of nobody. */
  readonly actor: string;
  readonly userAgent: string | null;
  /** Of the client, as the registry saw it. */
  readonly ip: string | null;
  /** Which registry it was, in its own words. */
  readonly registry: string | null;
  /** What the registry's log calls the request. */
  readonly requestId: string | null;
}

/**
 * `job_ended`: a job that has ended pushed, mounted or deleted. `unknown_job`: a job did that of which nothing is known
 * here, so that nobody can tell whether it has ended.
 */
export const REGISTRY_ALERTS = ['none', 'job_ended', 'unknown_job'] as const;
export type RegistryAlert = (typeof REGISTRY_ALERTS)[number];

export const typeOf = (action: RegistryAction): RegistryType => `registry.${action}`;
