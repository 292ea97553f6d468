/**
 * The two lists of who may come into a project with a job token: projects, and groups with all that is below them. An
 * entry grants nothing by itself; it lets the job's user do there what the user may do anyway.
 */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { ACCESS } from '../../policy/facts.ts';
import type { AllowlistRecord, MemberSource } from '../../store/records.ts';
import { projectFor } from './access.ts';
import {
  changedEntry,
  mustKnowSource,
  newEntry,
  policiesOf,
  presentEntry,
  presentLimits,
  setEntry,
} from './allowlist-entry.ts';
import type { UserCaller } from './caller.ts';
import { idOrPath, pageFields, positiveId } from './fields.ts';
import { toPage } from './pagination.ts';
import { created, noContent, ok, route, type ApiDependencies, type Route } from './route.ts';

/** GitLab's limit for projects and groups together. */
const MAX_ENTRIES = 200;

const params = z.strictObject({ id: idOrPath });
const entryParams = z.strictObject({ id: idOrPath, target_id: positiveId });

async function findEntry(
  deps: ApiDependencies,
  caller: UserCaller,
  kind: MemberSource['kind'],
  { id, target_id: targetId }: z.output<typeof entryParams>,
): Promise<AllowlistRecord> {
  const project = await projectFor(deps, caller, id, ACCESS.maintainer);
  const entries = await deps.store.directory.allowlist(project.id);
  const entry = entries.find(({ source }) => source.kind === kind && source.id === targetId);
  if (entry === undefined) throw new AppError('not_found', '404 Not found');
  return entry;
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

function listRoutes(kind: MemberSource['kind'], list: string): readonly Route[] {
  const path = `/projects/:id/job_token_scope/${list}`;
  return [
    route({
      method: 'get',
      path,
      action: `${list}.list`,
      callers: 'user',
      params,
      query: z.strictObject(pageFields),
      async handler({ caller, params: { id }, query }, deps) {
        const project = await projectFor(deps, caller, id, ACCESS.maintainer);
        const all = await deps.store.directory.allowlist(project.id);
        const entries = all.filter(({ source }) => source.kind === kind);
        const { offset, limit } = toPage(query);
        const shown = entries.slice(offset, offset + limit);
        const entities = await Promise.all(shown.map((entry) => presentEntry(deps, entry)));
        return { ...ok(entities.flat()), slice: { ...query, total: entries.length } };
      },
    }),
    route({
      method: 'post',
      path,
      action: `${list}.add`,
      callers: 'user',
      params,
      body: newEntry[kind],
      async handler({ caller, params: { id: ref }, body }, deps) {
        const { id } = await projectFor(deps, caller, ref, ACCESS.maintainer);
        const source = { kind, id: body.sourceId };
        await mustKnowSource(deps, caller, source);
        await mustFit(deps, id, source);
        const policies = policiesOf(body);
        await setEntry(deps, { targetProjectId: id, source, policies, managedBy: 'api' });
        const added = { source_project_id: id, [`target_${kind}_id`]: source.id };
        return created(added, { ...added, policies });
      },
    }),
  ];
}

function entryRoutes(kind: MemberSource['kind'], list: string): readonly Route[] {
  const path = `/projects/:id/job_token_scope/${list}/:target_id`;
  return [
    route({
      method: 'patch',
      path,
      action: `${list}.update`,
      callers: 'user',
      params: entryParams,
      body: changedEntry,
      async handler({ caller, params: at, body }, deps) {
        const held = await findEntry(deps, caller, kind, at);
        const entry = { ...held, policies: policiesOf(body) };
        await setEntry(deps, entry);
        const ids = {
          source_project_id: entry.targetProjectId,
          [`target_${kind}_id`]: entry.source.id,
        };
        return ok({ ...ids, ...presentLimits(entry) }, { policies: entry.policies });
      },
    }),
    route({
      method: 'delete',
      path,
      action: `${list}.remove`,
      callers: 'user',
      params: entryParams,
      async handler({ caller, params: at }, deps) {
        const { targetProjectId: target, source } = await findEntry(deps, caller, kind, at);
        const ref = { kind: source.kind, ref: source.id };
        const change = { kind: 'allowlist.remove', target, source: ref } as const;
        await deps.store.directory.apply([change], deps.clock.now());
        return noContent();
      },
    }),
  ];
}

export const allowlistRoutes: readonly Route[] = (
  [
    ['project', 'allowlist'],
    ['group', 'groups_allowlist'],
  ] as const
).flatMap(([kind, list]) => [...listRoutes(kind, list), ...entryRoutes(kind, list)]);
