import type { Settings } from '../settings/schema.ts';
import type { Service } from './sign-token.ts';

/** Every `auth.token.service` that is configured, by its name. */
export function servicesOf(settings: Settings): ReadonlyMap<string, Service> {
  return new Map(
    Object.entries(settings.services).map(([name, { header, tag_protection, refresh_tokens }]) => [
      name,
      {
        name,
        header,
        policy: {
          enforceAllowlist: settings.jobs.enforce_allowlist,
          tagProtection: tag_protection,
          anonymousPull: settings.anonymous.pull,
        },
        refreshTokens: refresh_tokens,
      },
    ]),
  );
}
