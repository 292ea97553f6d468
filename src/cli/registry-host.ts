import type { ApiClient } from './api-client.ts';
import { CommandError, EXIT } from './exit-codes.ts';

/** The registry as the server knows it: what was given, else what the server says of itself. host[:port]. */
export async function registryHost(api: ApiClient, given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  const { registry } = await api.get<{ readonly registry?: string }>('/metadata');
  if (registry !== undefined) return registry;
  const advice = 'Say which one: --registry registry.example.com';
  throw new CommandError(EXIT.usage, `This server does not tell its registry. ${advice}`);
}
