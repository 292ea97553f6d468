/** A protection rule in GitLab's shape, and what a Maintainer may say of one. */
import { z } from 'zod';
import type { Details } from '../../audit/events.ts';
import { AppError } from '../../errors.ts';
import { ACCESS, type AccessLevel } from '../../policy/facts.ts';
import type { ProtectionFields } from '../../store/directory-change.ts';
import type { ProjectRecord, ProtectionRuleRecord } from '../../store/records.ts';

export type RuleKind = ProtectionRuleRecord['kind'];

const PATTERN_FIELD = {
  repository: 'repository_path_pattern',
  tag: 'tag_name_pattern',
} as const;

const LEVELS = { developer: ACCESS.developer, maintainer: ACCESS.maintainer, owner: ACCESS.owner };

/** '' takes the minimum away. GitLab's `admin` has no match here: administrators pass every rule. */
const level = z
  .union(
    [z.enum(['developer', 'maintainer', 'owner']), z.literal('').transform(() => null), z.null()],
    {
      error: 'must be maintainer or owner (or developer)',
    },
  )
  .optional();

const levels = { minimum_access_level_for_push: level, minimum_access_level_for_delete: level };

/** `*` stands for any run of characters; everything else for itself. */
const pattern = (characters: string, max: number) =>
  z
    .string()
    .max(max, `must have at most ${max} characters`)
    .regex(new RegExp(`^[*${characters}]+$`), 'must be a name in which * stands for anything');

const repositoryPattern = pattern('a-zA-Z0-9._/-', 255);
const tagPattern = pattern('a-zA-Z0-9._-', 100);

const NAMED = { enum: Object.keys(LEVELS) };

/** What the document of the API says of a new rule: it has one of the minimums. */
const ruleOf = (example: object) => ({
  anyOf: Object.keys(levels).map((name) => ({ required: [name], properties: { [name]: NAMED } })),
  example: { ...example, minimum_access_level_for_push: 'maintainer' },
});

/** The routes' bodies, brought to one form for both kinds. */
export const ruleSchemas = {
  repository: {
    created: z
      .strictObject({ ...levels, repository_path_pattern: repositoryPattern })
      .meta(ruleOf({ repository_path_pattern: 'acme/app/prod*' }))
      .transform(({ repository_path_pattern, ...rest }) => toAsked(repository_path_pattern, rest)),
    changed: z
      .strictObject({ ...levels, repository_path_pattern: repositoryPattern.optional() })
      .meta({ example: { minimum_access_level_for_delete: 'owner' } })
      .transform(({ repository_path_pattern, ...rest }) => toAsked(repository_path_pattern, rest)),
  },
  tag: {
    created: z
      .strictObject({ ...levels, tag_name_pattern: tagPattern })
      .meta(ruleOf({ tag_name_pattern: 'v*' }))
      .transform(({ tag_name_pattern, ...rest }) => toAsked(tag_name_pattern, rest)),
    changed: z
      .strictObject({ ...levels, tag_name_pattern: tagPattern.optional() })
      .meta({ example: { minimum_access_level_for_delete: 'owner' } })
      .transform(({ tag_name_pattern, ...rest }) => toAsked(tag_name_pattern, rest)),
  },
};

type Levels = z.output<z.ZodObject<typeof levels>>;

interface AskedRule {
  readonly pattern: string | undefined;
  readonly push: Levels['minimum_access_level_for_push'];
  readonly remove: Levels['minimum_access_level_for_delete'];
}

function toAsked(asked: string | undefined, rest: Levels): AskedRule {
  return {
    pattern: asked,
    push: rest.minimum_access_level_for_push,
    remove: rest.minimum_access_level_for_delete,
  };
}

const nameOf = (minimum: AccessLevel | null): string | null =>
  Object.entries(LEVELS).find(([, value]) => value === minimum)?.[0] ?? null;

export const presentRule = (rule: ProtectionRuleRecord) => ({
  id: rule.id,
  project_id: rule.projectId,
  [PATTERN_FIELD[rule.kind]]: rule.pattern,
  minimum_access_level_for_push: nameOf(rule.minimumAccessLevelForPush),
  minimum_access_level_for_delete: nameOf(rule.minimumAccessLevelForDelete),
});

const pick = (
  asked: keyof typeof LEVELS | null | undefined,
  held: AccessLevel | null,
): AccessLevel | null => (asked === undefined ? held : asked === null ? null : LEVELS[asked]);

/** The rule after a request, `held` being what it was before. */
export function mergeRule(
  kind: RuleKind,
  project: ProjectRecord,
  held: ProtectionFields,
  { pattern: asked = held.pattern, push, remove }: AskedRule,
): ProtectionFields {
  const root = project.fullPath.toLowerCase();
  const inside = asked.toLowerCase().startsWith(root) && /^([/*]|$)/.test(asked.slice(root.length));
  if (kind === 'repository' && !inside) {
    throw new AppError(
      'bad_request',
      `repository_path_pattern is invalid: it must start with the project's path, ${root}`,
    );
  }
  const fields = {
    pattern: asked,
    minimumAccessLevelForPush: pick(push, held.minimumAccessLevelForPush),
    minimumAccessLevelForDelete: pick(remove, held.minimumAccessLevelForDelete),
  };
  if (fields.minimumAccessLevelForPush === null && fields.minimumAccessLevelForDelete === null) {
    throw new AppError(
      'bad_request',
      'minimum_access_level_for_push or minimum_access_level_for_delete is missing: a rule needs one of them',
    );
  }
  return fields;
}

/** What the audit stream says of a change to a rule. */
export function ruleDetails(
  change: 'created' | 'updated' | 'deleted',
  rule: ProtectionRuleRecord,
): Details {
  return {
    change,
    rule: rule.kind,
    rule_id: rule.id,
    pattern: rule.pattern,
    minimum_access_level_for_push: rule.minimumAccessLevelForPush,
    minimum_access_level_for_delete: rule.minimumAccessLevelForDelete,
  };
}
