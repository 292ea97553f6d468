import { z } from 'zod';
import type { ProjectFields } from '../../store/directory-change.ts';
import type { ProjectRecord } from '../../store/records.ts';
import { id, managedBy, timestamp } from './answer-fields.ts';
import { text, toIso, visibility } from './fields.ts';

export const projectSchema = z
  .strictObject({
    id,
    name: z.string().meta({ example: 'App' }),
    path: z.string().meta({ example: 'app' }),
    path_with_namespace: z.string().meta({ example: 'acme/app' }),
    namespace: z.strictObject({
      id,
      kind: z.enum(['group', 'user']),
      path: z.string().meta({ example: 'acme' }),
      full_path: z.string().meta({ example: 'acme' }),
    }),
    visibility,
    archived: z.boolean().meta({ example: false }),
    container_registry_access_level: z.enum(['enabled', 'private', 'disabled']),
    container_registry_enabled: z.boolean(),
    builds_access_level: z.enum(['enabled', 'disabled']),
    ci_job_token_scope_enabled: z.boolean(),
    created_at: timestamp,
    managed_by: managedBy,
  })
  .meta({ id: 'Project' });

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

const SIMPLE = {
  id: true,
  name: true,
  path: true,
  path_with_namespace: true,
  namespace: true,
  created_at: true,
} as const;
export const simpleProjectSchema = projectSchema.pick(SIMPLE).meta({ id: 'SimpleProject' });

export function presentSimpleProject(project: ProjectRecord) {
  const whole = presentProject(project);
  const { id: projectId, name, path, path_with_namespace, namespace, created_at } = whole;
  return { id: projectId, name, path, path_with_namespace, namespace, created_at };
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
