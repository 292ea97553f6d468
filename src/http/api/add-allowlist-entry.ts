/** One way onto an allowlist, whichever route leads there: the same rules, and the same event. */
import { changeOf } from '../../audit/change-of.ts';
import type { Details } from '../../audit/events.ts';
import { AppError } from '../../errors.ts';
import type { AllowlistRecord, MemberSource, ProjectRecord } from '../../store/records.ts';
import { mustKnowSource, setEntry } from './allowlist-entry.ts';
import { projectTarget, targetOf } from './audit-target.ts';
import type { UserCaller } from './caller.ts';
import type { ApiDependencies, ApiRequest } from './route.ts';

/** GitLab's limit for projects and groups together. */
const MAX_ENTRIES = 200;

interface NewEntry {
  readonly target: ProjectRecord;
  readonly source: MemberSource;
  readonly policies: AllowlistRecord['policies'];
}

/** Lets a project or group in, as far as the caller may say so, and writes that down. */
export async function addEntry(
  deps: ApiDependencies,
  { caller, audit }: Pick<ApiRequest<UserCaller, unknown, unknown, unknown>, 'caller' | 'audit'>,
  { target, source, policies }: NewEntry,
): Promise<void> {
  await mustKnowSource(deps, caller, source);
  await mustFit(deps, target.id, source);
  const entry = { targetProjectId: target.id, source, policies, managedBy: 'api' } as const;
  await setEntry(deps, entry);
  const told = changeOf('allowlist_entry', null, entry);
  const details = { ...(await entryDetails(deps, 'added', entry)), ...told };
  audit('allowlist.changed', projectTarget(target), details);
}

/** What the audit stream says of a change to an entry. */
export async function entryDetails(
  deps: ApiDependencies,
  change: 'added' | 'updated' | 'removed',
  { source, policies }: Pick<AllowlistRecord, 'source' | 'policies'>,
): Promise<Details> {
  const { path } = await targetOf(deps, source);
  return { change, source: source.kind, source_id: source.id, source_path: path, policies };
}

async function mustFit(
  { store }: ApiDependencies,
  projectId: number,
  { kind, id }: MemberSource,
): Promise<void> {
  const entries = await store.directory.allowlist(projectId);
  if (entries.some(({ source }) => source.kind === kind && source.id === id)) {
    throw new AppError('bad_request', `target_${kind}_id is invalid: it is on the list already`);
  }
  if (entries.length >= MAX_ENTRIES) {
    throw new AppError('bad_request', `the two lists hold ${MAX_ENTRIES} entries at most`);
  }
}
