/** Protected repositories and tags: below which role nobody pushes to them or deletes from them. */
import { z } from 'zod';
import { changeOf } from '../../audit/change-of.ts';
import { AppError } from '../../errors.ts';
import { ACCESS } from '../../policy/facts.ts';
import type { DirectoryChange, ProtectionFields } from '../../store/directory-change.ts';
import type { ProjectRecord, ProtectionRuleRecord } from '../../store/records.ts';
import { projectFor } from './access.ts';
import { projectTarget } from './audit-target.ts';
import type { UserCaller } from './caller.ts';
import { idOrPath, pageFields, positiveId } from './fields.ts';
import { toPage } from './pagination.ts';
import { ruleAnswers } from './protection-rule-answer.ts';
import {
  mergeRule,
  presentRule,
  ruleDetails,
  ruleSchemas,
  type RuleKind,
} from './protection-rule-entity.ts';
import { created, noContent, ok, route, type ApiDependencies, type Route } from './route.ts';

/** GitLab's limit of tag rules; a registry tries every one at each push. */
const MAX_RULES = { repository: 100, tag: 5 } as const;

const params = z.strictObject({ id: idOrPath });
const ruleParams = z.strictObject({ id: idOrPath, rule_id: positiveId });

const NOTHING: ProtectionFields = {
  pattern: '',
  minimumAccessLevelForPush: null,
  minimumAccessLevelForDelete: null,
};

async function rulesOf({ store }: ApiDependencies, { id }: ProjectRecord, kind: RuleKind) {
  const rules = await store.directory.protectionRules(id);
  return rules.filter((rule) => rule.kind === kind);
}

async function findRule(
  deps: ApiDependencies,
  caller: UserCaller,
  kind: RuleKind,
  { id, rule_id: ruleId }: z.output<typeof ruleParams>,
) {
  const project = await projectFor(deps, caller, id, ACCESS.maintainer);
  const rules = await rulesOf(deps, project, kind);
  const rule = rules.find((candidate) => candidate.id === ruleId);
  if (rule === undefined) throw new AppError('not_found', '404 Protection Rule Not Found');
  return { project, rule, others: rules.filter((candidate) => candidate !== rule) };
}

function mustBeNew(others: readonly ProtectionFields[], { pattern }: ProtectionFields): void {
  if (others.some((rule) => rule.pattern === pattern)) {
    throw new AppError('conflict', '409 Conflict - the project has a rule with this pattern');
  }
}

async function storeRule(
  deps: ApiDependencies,
  project: ProjectRecord,
  kind: RuleKind,
  changes: Pick<ProtectionRuleRecord, 'managedBy'> & {
    readonly set: ProtectionFields;
    readonly remove?: string;
  },
) {
  const at = { project: project.id, rule: kind };
  const { set, remove, managedBy } = changes;
  const removal: DirectoryChange[] =
    remove === undefined ? [] : [{ kind: 'protection.remove', ...at, pattern: remove }];
  await deps.store.directory.apply(
    [...removal, { kind: 'protection.set', ...at, fields: set, managedBy }],
    deps.clock.now(),
  );
  const rule = (await rulesOf(deps, project, kind)).find(({ pattern }) => pattern === set.pattern);
  if (rule === undefined) throw new AppError('not_found', '404 Protection Rule Not Found');
  return rule;
}

function routesOf(kind: RuleKind): readonly Route[] {
  const path = `/projects/:id/registry/protection/${kind}/rules`;
  const action = `${kind}_protection`;
  const one = `${path}/:rule_id`;
  return [
    route({
      method: 'get',
      path,
      action: `${action}.list`,
      who: 'Maintainer of the project',
      summary: `Lists the ${kind} protection rules of a project.`,
      answer: { status: 200, body: z.array(ruleAnswers[kind]) },
      callers: 'user',
      params,
      query: z.strictObject(pageFields),
      async handler({ caller, params: { id }, query }, deps) {
        const project = await projectFor(deps, caller, id, ACCESS.maintainer);
        const rules = await rulesOf(deps, project, kind);
        const { offset, limit } = toPage(query);
        const shown = rules.slice(offset, offset + limit);
        return { ...ok(shown.map(presentRule)), slice: { ...query, total: rules.length } };
      },
    }),
    route({
      method: 'post',
      path,
      action: `${action}.create`,
      who: 'Maintainer of the project',
      summary: `Makes a ${kind} protection rule.`,
      answer: { status: 201, body: ruleAnswers[kind] },
      callers: 'user',
      params,
      body: ruleSchemas[kind].created,
      async handler({ caller, params: { id }, body, audit }, deps) {
        const project = await projectFor(deps, caller, id, ACCESS.maintainer);
        const others = await rulesOf(deps, project, kind);
        const set = mergeRule(kind, project, NOTHING, body);
        mustBeNew(others, set);
        if (others.length >= MAX_RULES[kind]) {
          throw new AppError('bad_request', `a project has ${MAX_RULES[kind]} of these at most`);
        }
        const rule = await storeRule(deps, project, kind, { set, managedBy: 'api' });
        const told = changeOf('protection_rule', null, rule);
        const details = { ...ruleDetails('created', rule), ...told };
        audit('protection_rule.changed', projectTarget(project), details);
        return created(presentRule(rule), { rule_id: rule.id, pattern: rule.pattern });
      },
    }),
    route({
      method: 'patch',
      path: one,
      action: `${action}.update`,
      who: 'Maintainer of the project',
      summary: `Changes a ${kind} protection rule.`,
      answer: { status: 200, body: ruleAnswers[kind] },
      callers: 'user',
      params: ruleParams,
      body: ruleSchemas[kind].changed,
      async handler({ caller, params: at, body, audit }, deps) {
        const { project, rule, others } = await findRule(deps, caller, kind, at);
        const set = mergeRule(kind, project, rule, body);
        mustBeNew(others, set);
        const renamed = set.pattern !== rule.pattern && { remove: rule.pattern };
        const changed = await storeRule(deps, project, kind, {
          set,
          managedBy: rule.managedBy,
          ...renamed,
        });
        const told = changeOf('protection_rule', rule, changed);
        const details = { ...ruleDetails('updated', changed), ...told };
        audit('protection_rule.changed', projectTarget(project), details);
        return ok(presentRule(changed), { project_id: project.id, pattern: set.pattern });
      },
    }),
    route({
      method: 'delete',
      path: one,
      action: `${action}.delete`,
      who: 'Maintainer of the project',
      summary: `Deletes a ${kind} protection rule.`,
      answer: { status: 204, body: null },
      callers: 'user',
      params: ruleParams,
      async handler({ caller, params: at, audit }, deps) {
        const { project, rule } = await findRule(deps, caller, kind, at);
        const remove = { kind: 'protection.remove', rule: kind, pattern: rule.pattern } as const;
        await deps.store.directory.apply([{ ...remove, project: project.id }], deps.clock.now());
        const told = changeOf('protection_rule', rule, null);
        const details = { ...ruleDetails('deleted', rule), ...told };
        audit('protection_rule.changed', projectTarget(project), details);
        return noContent({ project_id: project.id, pattern: rule.pattern });
      },
    }),
  ];
}

export const protectionRuleRoutes: readonly Route[] = [
  ...routesOf('repository'),
  ...routesOf('tag'),
];
