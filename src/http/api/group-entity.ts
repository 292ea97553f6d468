import { z } from 'zod';
import type { GroupRecord } from '../../store/records.ts';
import { id, managedBy, timestamp } from './answer-fields.ts';
import { toIso, visibility } from './fields.ts';

export const groupSchema = z
  .strictObject({
    id,
    name: z.string().meta({ example: 'Acme' }),
    path: z.string().meta({ example: 'acme' }),
    full_path: z.string().meta({ example: 'acme' }),
    parent_id: id.nullable().meta({ example: null }),
    visibility,
    created_at: timestamp,
    managed_by: managedBy,
  })
  .meta({ id: 'Group' });

/** A group in GitLab's shape. */
export const presentGroup = (group: GroupRecord) => ({
  id: group.id,
  name: group.name,
  path: group.path,
  full_path: group.fullPath,
  parent_id: group.parentId,
  visibility: group.visibility,
  created_at: toIso(group.createdAt),
  managed_by: group.managedBy,
});
