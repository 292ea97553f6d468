/** Who came to a project with another project's job token, and was let in or not (JOB-22). */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { ACCESS } from '../../policy/facts.ts';
import type { Page, Slice } from '../../store/ports.ts';
import type { JobTokenUseRecord } from '../../store/records.ts';
import { projectFor } from './access.ts';
import { addEntry } from './add-allowlist-entry.ts';
import { addedEntrySchema } from './allowlist-entry.ts';
import { count, id as idSchema, timestamp } from './answer-fields.ts';
import { csvOf } from './csv.ts';
import { flag, idOrPath, pageFields, positiveId, toIso } from './fields.ts';
import { sliceOfVisible, toPage } from './pagination.ts';
import { created, ok, route, type ApiDependencies, type Route } from './route.ts';

const params = z.strictObject({ id: idOrPath });
const path = '/projects/:id/job_token_scope/auth_log';

/** Rows of a file of comma-separated values, at most. */
const MAX_ROWS = 10_000;

function read(
  { store }: ApiDependencies,
  projectId: number,
  denied: boolean | undefined,
  page: Page,
): Promise<Slice<JobTokenUseRecord>> {
  const list = (part: Page) => store.jobTokenUses.list(projectId, part);
  if (denied === undefined) return list(page);
  return sliceOfVisible(list, async (use) => use.denied === denied, page);
}

const useSchema = z
  .strictObject({
    source_project_id: idSchema,
    source_project_path: z.string().nullable().meta({ example: 'acme/app' }),
    denied: z.boolean(),
    refused_by: z.string().nullable().meta({ example: 'allowlist' }),
    count,
    first_at: timestamp,
    last_at: timestamp,
    last_user_id: idSchema.nullable(),
    last_username: z.string().nullable().meta({ example: 'jane' }),
    last_job_id: idSchema.nullable(),
    last_ip: z.string().nullable().meta({ example: '192.0.2.7' }),
  })
  .meta({ id: 'JobTokenUse' });

async function present({ store }: ApiDependencies, use: JobTokenUseRecord) {
  const [source, user] = await Promise.all([
    store.directory.project(use.sourceProjectId),
    use.lastUserId === null ? null : store.directory.user(use.lastUserId),
  ]);
  return {
    source_project_id: use.sourceProjectId,
    source_project_path: source?.fullPath ?? null,
    denied: use.denied,
    refused_by: use.refusedBy,
    count: use.count,
    first_at: toIso(use.firstAt),
    last_at: toIso(use.lastAt),
    last_user_id: use.lastUserId,
    last_username: user?.username ?? null,
    last_job_id: use.lastJobId,
    last_ip: use.lastIp,
  };
}

export const authLogRoutes: readonly Route[] = [
  route({
    method: 'get',
    path,
    action: 'auth_log.list',
    who: 'Maintainer of the project',
    summary: 'Lists the projects whose jobs came to this one, and what became of it.',
    answer: { status: 200, body: z.array(useSchema), also: 'text/csv' },
    callers: 'user',
    params,
    query: z.strictObject({ ...pageFields, denied: flag.optional() }),
    async handler({ caller, params: { id }, query, csv }, deps) {
      const project = await projectFor(deps, caller, id, ACCESS.maintainer);
      const page = csv ? { offset: 0, limit: MAX_ROWS } : toPage(query);
      const { items, total } = await read(deps, project.id, query.denied, page);
      const uses = await Promise.all(items.map((use) => present(deps, use)));
      if (!csv) return { ...ok(uses), slice: { ...query, total } };
      const headers = { 'Content-Type': 'text/csv; charset=utf-8' };
      return { status: 200, text: csvOf(uses), headers };
    },
  }),
  route({
    method: 'post',
    path: `${path}/allow`,
    action: 'auth_log.allow',
    who: 'Maintainer of the project',
    summary: 'Puts a project of the log on the allowlist.',
    answer: { status: 201, body: addedEntrySchema.project },
    callers: 'user',
    params,
    body: z
      .strictObject({ source_project_id: positiveId })
      .meta({ example: { source_project_id: 7 } }),
    async handler({ caller, params: { id }, body, audit }, deps) {
      const target = await projectFor(deps, caller, id, ACCESS.maintainer);
      if (body.source_project_id === target.id) {
        throw new AppError('bad_request', 'source_project_id is invalid: it is this project');
      }
      const source = { kind: 'project', id: body.source_project_id } as const;
      await addEntry(deps, { caller, audit }, { target, source, policies: null });
      const added = { source_project_id: target.id, target_project_id: source.id };
      return created(added, added);
    },
  }),
];
