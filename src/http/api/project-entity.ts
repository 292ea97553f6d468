import { z } from 'zod';
import type { ProjectFields } from '../../store/directory-change.ts';
import type { ProjectRecord } from '../../store/records.ts';
import { text, toIso, visibility } from './fields.ts';

/** A project in GitLab's shape. */
export function presentProject(project: ProjectRecord) {
  const namespacePath = project.fullPath.slice(0, project.fullPath.lastIndexOf('/'));
  return {
    id: project.id,
    name: project.name,
    path: project.path,
    path_with_namespace: project.fullPath,
    namespace: {
      id: project.namespace.id,
      kind: project.namespace.kind,
      path: namespacePath.slice(namespacePath.lastIndexOf('/') + 1),
      full_path: namespacePath,
    },
    visibility: project.visibility,
    archived: project.archived,
    container_registry_access_level: project.registryAccess,
    container_registry_enabled: project.registryAccess !== 'disabled',
    builds_access_level: project.jobsEnabled ? 'enabled' : 'disabled',
    ci_job_token_scope_enabled: project.allowlistEnabled,
    created_at: toIso(project.createdAt),
    managed_by: project.managedBy,
  };
}

/** What a caller may say of a project. */
export const projectFields = {
  name: text(255).optional(),
  visibility: visibility.optional(),
  container_registry_access_level: z.enum(['enabled', 'private', 'disabled']).optional(),
  builds_access_level: z.enum(['enabled', 'private', 'disabled']).optional(),
};

export function toProjectFields(
  body: z.output<z.ZodObject<typeof projectFields>>,
): Partial<ProjectFields> {
  const { name, container_registry_access_level: access, builds_access_level: builds } = body;
  return {
    ...(name !== undefined && { name }),
    ...(body.visibility !== undefined && { visibility: body.visibility }),
    ...(access !== undefined && { registryAccess: access }),
    ...(builds !== undefined && { jobsEnabled: builds !== 'disabled' }),
  };
}
