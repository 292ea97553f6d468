import { z } from 'zod';
import { id } from './answer-fields.ts';

const minimum = z.enum(['developer', 'maintainer', 'owner']).nullable();
const fields = {
  id,
  project_id: id,
  minimum_access_level_for_push: minimum.meta({ example: 'maintainer' }),
  minimum_access_level_for_delete: minimum.meta({ example: null }),
};

export const ruleAnswers = {
  repository: z
    .strictObject({
      ...fields,
      repository_path_pattern: z.string().meta({ example: 'acme/app/prod*' }),
    })
    .meta({ id: 'RepositoryProtectionRule' }),
  tag: z
    .strictObject({ ...fields, tag_name_pattern: z.string().meta({ example: 'v*' }) })
    .meta({ id: 'TagProtectionRule' }),
};
