/**
 * The two lists of who may come into a project with a job token: projects, and groups with all that is below them. An
 * entry grants nothing by itself; it lets the job's user do there what the user may do anyway.
 */
import { z } from 'zod';
import { changeOf } from '../../audit/change-of.ts';
import { AppError } from '../../errors.ts';
import { ACCESS } from '../../policy/facts.ts';
import type { AllowlistRecord, MemberSource } from '../../store/records.ts';
import { projectFor } from './access.ts';
import { addEntry, entryDetails } from './add-allowlist-entry.ts';
import {
  addedEntrySchema,
  changedEntry,
  changedEntrySchema,
  entrySchema,
  newEntry,
  policiesOf,
  presentEntry,
  presentLimits,
  setEntry,
} from './allowlist-entry.ts';
import { targetOf } from './audit-target.ts';
import type { UserCaller } from './caller.ts';
import { idOrPath, pageFields, positiveId } from './fields.ts';
import { toPage } from './pagination.ts';
import { created, noContent, ok, route, type ApiDependencies, type Route } from './route.ts';

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

function listRoutes(kind: MemberSource['kind'], list: string): readonly Route[] {
  const path = `/projects/:id/job_token_scope/${list}`;
  return [
    route({
      method: 'get',
      path,
      action: `${list}.list`,
      who: 'Maintainer of the project',
      summary: `Lists the ${kind}s whose jobs may come into a project.`,
      answer: { status: 200, body: z.array(entrySchema[kind]) },
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
      who: 'Maintainer of the project',
      summary: `Lets the jobs of a ${kind} come into a project.`,
      answer: { status: 201, body: addedEntrySchema[kind] },
      callers: 'user',
      params,
      body: newEntry[kind],
      async handler({ caller, params: { id: ref }, body, audit }, deps) {
        const target = await projectFor(deps, caller, ref, ACCESS.maintainer);
        const source = { kind, id: body.sourceId };
        const policies = policiesOf(body);
        await addEntry(deps, { caller, audit }, { target, source, policies });
        const added = { source_project_id: target.id, [`target_${kind}_id`]: source.id };
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
      who: 'Maintainer of the project',
      summary: `Changes what the jobs of a ${kind} may do in a project.`,
      answer: { status: 200, body: changedEntrySchema[kind] },
      callers: 'user',
      params: entryParams,
      body: changedEntry,
      async handler({ caller, params: at, body, audit }, deps) {
        const held = await findEntry(deps, caller, kind, at);
        const entry = { ...held, policies: policiesOf(body) };
        await setEntry(deps, entry);
        const target = await targetOf(deps, { kind: 'project', id: entry.targetProjectId });
        const told = changeOf('allowlist_entry', held, entry);
        const details = { ...(await entryDetails(deps, 'updated', entry)), ...told };
        audit('allowlist.changed', target, details);
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
      who: 'Maintainer of the project',
      summary: `Keeps the jobs of a ${kind} out of a project again.`,
      answer: { status: 204, body: null },
      callers: 'user',
      params: entryParams,
      async handler({ caller, params: at, audit }, deps) {
        const entry = await findEntry(deps, caller, kind, at);
        const { targetProjectId: target, source } = entry;
        const ref = { kind: source.kind, ref: source.id };
        const change = { kind: 'allowlist.remove', target, source: ref } as const;
        await deps.store.directory.apply([change], deps.clock.now());
        const project = await targetOf(deps, { kind: 'project', id: target });
        const told = changeOf('allowlist_entry', entry, null);
        const details = { ...(await entryDetails(deps, 'removed', entry)), ...told };
        audit('allowlist.changed', project, details);
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
