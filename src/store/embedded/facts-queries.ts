import {
  ACCESS,
  type AccessLevel,
  type AllowlistEntry,
  type ProtectionRule,
} from '../../policy/facts.ts';
import type { Database } from './database.ts';
import type { Asker, CachedFacts } from './facts.ts';
import { prepareLevels } from './levels.ts';
import { readPolicies } from './link-rows.ts';
import { splitPath } from './paths.ts';
import { PROJECT_COLUMNS, projectRecord, type ProjectRow } from './rows.ts';

/** Segments that an image name may have below its project's path (GitLab's limit). */
const EXTRA_SEGMENTS = 2;

type RuleRow = [
  kind: 'repository' | 'tag',
  pattern: string,
  push: AccessLevel | null,
  del: AccessLevel | null,
];

function prepareQueries(db: Database) {
  return {
    project: db.prepare<ProjectRow>(
      `SELECT ${PROJECT_COLUMNS} FROM routes t JOIN projects p ON p.id = t.project_id WHERE t.path = ?`,
    ),
    home: db.prepare<[groupId: number | null]>('SELECT group_id FROM projects WHERE id = ?'),
    directEntry: db.prepare<[string | null]>(
      'SELECT policies FROM allowlist WHERE target_id = ? AND project_id = ?',
    ),
    groupEntry: db.prepare<[string | null]>(
      'SELECT policies FROM allowlist WHERE target_id = ? AND group_id = ?',
    ),
    rules: db.prepare<RuleRow>(
      `SELECT kind, pattern, minimum_for_push, minimum_for_delete FROM protection_rules
       WHERE project_id = ? ORDER BY id`,
    ),
  };
}

type Queries = ReturnType<typeof prepareQueries>;

/** Longest first: the project whose path is the name, or the name less one or two segments. */
function findProject(sql: Queries, name: string): ProjectRow | undefined {
  let path: string | null = name;
  for (let dropped = 0; dropped <= EXTRA_SEGMENTS && path !== null; dropped += 1) {
    const row = sql.project.get(path);
    if (row !== undefined) return row;
    path = splitPath(path).parent;
  }
  return undefined;
}

function rulesOf(rows: readonly RuleRow[], wanted: RuleRow[0]): readonly ProtectionRule[] {
  const rules = rows
    .filter(([kind]) => kind === wanted)
    .map(([, pattern, minimumAccessLevelForPush, minimumAccessLevelForDelete]) =>
      Object.freeze({ pattern, minimumAccessLevelForPush, minimumAccessLevelForDelete }),
    );
  return Object.freeze(rules);
}

/** The entry that names the home project itself, else that of the nearest group above it. */
function findEntry(
  sql: Queries,
  groupsAbove: (groupId: number | null) => readonly number[],
  targetId: number,
  homeId: number,
): AllowlistEntry | null {
  const home = sql.home.get(homeId);
  if (home === undefined) return null;
  let entry = sql.directEntry.get(targetId, homeId);
  for (const groupId of entry === undefined ? groupsAbove(home[0]) : []) {
    entry = sql.groupEntry.get(targetId, groupId);
    if (entry !== undefined) break;
  }
  return entry === undefined ? null : Object.freeze({ policies: readPolicies(entry[0]) });
}

const NO_PROJECT: CachedFacts = { facts: null, from: -Infinity, until: Infinity };

/** Loads the facts of one repository name, past any cache. Answers are frozen, since many callers share them. */
export function prepareFactsQueries(db: Database): (name: string, asker: Asker) => CachedFacts {
  const sql = prepareQueries(db);
  const levels = prepareLevels(db);
  return (name, { userId, homeProjectId, now }) => {
    const row = findProject(sql, name);
    if (row === undefined) return NO_PROJECT;
    const project = projectRecord(row);
    const groupIds = Object.freeze(levels.groupsAbove(row[3]));
    const level =
      userId === null
        ? { accessLevel: ACCESS.none, from: -Infinity, until: Infinity }
        : levels.inProject(userId, row, groupIds, now);
    const rules = sql.rules.all(project.id);
    const facts = Object.freeze({
      projectId: project.id,
      projectPath: project.fullPath,
      visibility: project.visibility,
      registryAccess: project.registryAccess,
      archived: project.archived,
      groupIds,
      accessLevel: level.accessLevel,
      allowlistEnabled: project.allowlistEnabled,
      allowlistEntry:
        homeProjectId === null
          ? null
          : findEntry(sql, levels.groupsAbove, project.id, homeProjectId),
      repositoryRules: rulesOf(rules, 'repository'),
      tagRules: rulesOf(rules, 'tag'),
    });
    return { facts, from: level.from, until: level.until };
  };
}
