import type { GroupRecord } from '../../store/records.ts';
import { toIso } from './fields.ts';

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
