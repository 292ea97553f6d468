/** From the names that people use to the ids and paths that the API takes. */
import type { ApiClient } from './api-client.ts';
import { CommandError, EXIT } from './exit-codes.ts';

/** One path segment of a URL; a full path goes in whole. */
export function segment(text: string | number): string {
  return encodeURIComponent(text);
}

export async function userId(api: ApiClient, username: string): Promise<number> {
  const [user] = await api.get<{ id: number }[]>(`/users?username=${segment(username)}`);
  if (user !== undefined) return user.id;
  throw new CommandError(EXIT.failed, `There is no user ${username}. See: wharfpass user list`);
}

export interface SourceOptions {
  readonly project?: string | undefined;
  readonly group?: string | undefined;
}

/** The API's path of the project or group that the options name; exactly one of them must be there. */
export function sourcePath({ project, group }: SourceOptions): string {
  if (project !== undefined && group === undefined) return `/projects/${segment(project)}`;
  if (group !== undefined && project === undefined) return `/groups/${segment(group)}`;
  throw new CommandError(EXIT.usage, 'Name one of them: --project <path> or --group <path>.');
}

/** The number that the API wants where people know a path. */
export async function idOf(api: ApiClient, source: SourceOptions): Promise<number> {
  return (await api.get<{ readonly id: number }>(sourcePath(source))).id;
}
