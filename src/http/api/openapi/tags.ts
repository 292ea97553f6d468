import type { Route } from '../route.ts';

/** Under what people look for a resource whose own name would stand alone. */
const TAGS: Readonly<Record<string, string>> = {
  job_token_scope: 'Job token scope',
  allowlist: 'Job token scope',
  groups_allowlist: 'Job token scope',
  auth_log: 'Job token scope',
  registry_access: 'Registry access',
  repository_protection: 'Protection rules',
  tag_protection: 'Protection rules',
  converted_token: 'Converted job tokens',
  directory: 'Import and export',
  metadata: 'Server',
  version: 'Server',
};

/** `personal_access_token.show` → `Personal access tokens`. */
export function tagOf({ action }: Route): string {
  const [resource = ''] = action.split('.');
  const words = resource.replaceAll('_', ' ');
  return TAGS[resource] ?? `${words[0]?.toUpperCase()}${words.slice(1)}s`;
}
