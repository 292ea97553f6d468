/** GET /audit_events: the stream of decisions and changes of this instance, newest first. */
import { z } from 'zod';
import { EVENT_TYPES } from '../../audit/events.ts';
import type { FoundEvents } from '../../audit/search.ts';
import { AppError } from '../../errors.ts';
import { auditEventSchema } from './audit-event-answer.ts';
import { mustBeAdmin } from './access.ts';
import { moment, pageFields, positiveId, text } from './fields.ts';
import { ok, route, type Reply, type Route } from './route.ts';

/** `<file>.<bytes>`, as an earlier answer gave it. */
const cursor = z
  .string()
  .regex(/^\d{8}T\d{9}Z\.\d{1,15}$/, 'must be one that an earlier answer gave')
  .transform((given) => {
    const [stamp = '', offset] = given.split('.');
    return { stamp, offset: Number(offset) };
  })
  .meta({ description: 'Of an earlier answer.', example: '20270131T120000000Z.4096' });

const at = moment.transform((value) => Date.parse(value));

const query = z.strictObject({
  ...pageFields,
  type: z.enum(EVENT_TYPES).optional(),
  author_id: positiveId.optional(),
  author: text(255).optional(),
  project_id: positiveId.optional(),
  job_id: positiveId.optional(),
  user_id: positiveId.optional(),
  request_id: text(64).optional(),
  outcome: z.enum(['granted', 'narrowed', 'empty', 'refused']).optional(),
  changed: text(64)
    .optional()
    .meta({ description: 'A field that the change changed.', example: 'admin' }),
  created_after: at.optional(),
  created_before: at.optional(),
  cursor: cursor.optional(),
});

type Query = z.output<typeof query>;

/** How many there are is not known, so GitLab's totals are left out; a page beyond the last one is empty. */
function answer({ page, per_page: size }: Query, found: FoundEvents): Reply {
  const { events, next, complete, searchedBackTo } = found;
  const more = next !== null && complete;
  return {
    ...ok(events),
    next: next && { page: '1', cursor: `${next.stamp}.${next.offset}` },
    headers: {
      'X-Page': String(page),
      'X-Per-Page': String(size),
      'X-Next-Page': more ? String(page + 1) : '',
      'X-Prev-Page': page > 1 ? String(page - 1) : '',
      'X-Search-Complete': String(complete),
      'X-Searched-Back-To': searchedBackTo ?? '',
    },
  };
}

export const auditEventRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/audit_events',
    action: 'audit_event.list',
    who: 'administrators',
    summary: 'Lists who asked for what and who changed what, newest first.',
    answer: { status: 200, body: z.array(auditEventSchema) },
    callers: 'user',
    query,
    async handler({ caller, query: asked }, { searchEvents }) {
      mustBeAdmin(caller);
      if (searchEvents === null) {
        const why = 'this server keeps no files of the audit stream (audit.file is off)';
        throw new AppError('not_found', `404 Not found - ${why}`);
      }
      const found = await searchEvents({
        filter: {
          type: asked.type,
          authorId: asked.author_id,
          author: asked.author,
          projectId: asked.project_id,
          jobId: asked.job_id,
          userId: asked.user_id,
          requestId: asked.request_id,
          outcome: asked.outcome,
          changed: asked.changed,
          createdAfter: asked.created_after,
          createdBefore: asked.created_before,
        },
        cursor: asked.cursor ?? null,
        skip: (asked.page - 1) * asked.per_page,
        limit: asked.per_page,
      });
      return answer(asked, found);
    },
  }),
];
