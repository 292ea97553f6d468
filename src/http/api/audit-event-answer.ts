/** An event of the audit stream, as GET /audit_events gives it. docs/audit.md explains each type and field. */
import { z } from 'zod';
import { EVENT_TYPES } from '../../audit/events.ts';
import { id, timestamp } from './answer-fields.ts';

const author = z.union([
  z.strictObject({
    kind: z.literal('user'),
    id,
    name: z.string().meta({ example: 'jane' }),
    token_id: id.nullable(),
  }),
  z.strictObject({
    kind: z.literal('job'),
    id,
    name: z.string().meta({ example: 'job:7' }),
    user_id: id.nullable(),
  }),
  z.strictObject({ kind: z.literal('deploy_token'), id, name: z.string() }),
  z.strictObject({ kind: z.enum(['anonymous', 'unknown', 'system']) }),
]);

const target = z.strictObject({
  kind: z.string().meta({ example: 'project' }),
  id: id.nullable(),
  path: z.string().nullable().meta({ example: 'acme/app' }),
});

export const auditEventSchema = z
  .strictObject({
    id: z.string().meta({ example: '20270131T120000000Z-000001' }),
    time: timestamp,
    type: z.enum(EVENT_TYPES).meta({ example: 'project.updated' }),
    instance: z.string().nullable().meta({ example: null }),
    author,
    ip: z.string().nullable().meta({ example: '192.0.2.7' }),
    request_id: z.string().nullable(),
    target: target.optional(),
    details: z.record(z.string(), z.unknown()).meta({
      description: 'Depends on the type; `before` and `after` have the fields that changed.',
      example: { archived: true, before: { archived: false }, after: { archived: true } },
    }),
  })
  .meta({ id: 'AuditEvent' });
