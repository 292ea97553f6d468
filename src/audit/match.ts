/** Whether an event is one that is looked for. */
import type { EventType } from './events.ts';

export interface EventFilter {
  readonly type?: EventType | undefined;
  /** Of the user who did it. */
  readonly authorId?: number | undefined;
  /** Name of whoever did it (`jane`, `job:7`, `deploy_token:4`), or `system`, `anonymous`, `unknown`. */
  readonly author?: string | undefined;
  readonly projectId?: number | undefined;
  readonly jobId?: number | undefined;
  /** Who did it, whose job it was, or to whom it was done. */
  readonly userId?: number | undefined;
  readonly requestId?: string | undefined;
  readonly outcome?: string | undefined;
  /** A field that is in `before` or `after`. */
  readonly changed?: string | undefined;
  /** ms */
  readonly createdAfter?: number | undefined;
  readonly createdBefore?: number | undefined;
}

type Fields = Readonly<Record<string, unknown>>;
type Check = (event: Fields, parts: Parts) => boolean;

interface Parts {
  readonly author: Fields;
  readonly target: Fields;
  readonly details: Fields;
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

const isTarget = ({ target }: Parts, kind: string, id: number): boolean =>
  target['kind'] === kind && target['id'] === id;

function projectCheck(id: number): Check {
  return (_event, parts) => {
    const { project_id: one, project_ids: several } = parts.details;
    if (one === id || isTarget(parts, 'project', id)) return true;
    return Array.isArray(several) && several.includes(id);
  };
}

function jobCheck(id: number): Check {
  return (_event, parts) => {
    const { author, details } = parts;
    if (details['job_id'] === id || isTarget(parts, 'job', id)) return true;
    return author['kind'] === 'job' && author['id'] === id;
  };
}

function userCheck(id: number): Check {
  return (_event, parts) => {
    const { author, details } = parts;
    if (details['user_id'] === id || author['user_id'] === id) return true;
    return isTarget(parts, 'user', id) || (author['kind'] === 'user' && author['id'] === id);
  };
}

function changedCheck(field: string): Check {
  return (_event, { details }) =>
    Object.hasOwn(fieldsOf(details['before']), field) ||
    Object.hasOwn(fieldsOf(details['after']), field);
}

function checksOf(filter: EventFilter): readonly Check[] {
  const { type, authorId, author, projectId, jobId, userId, requestId, outcome } = filter;
  const { changed, createdAfter: after, createdBefore: before } = filter;
  const checks: Check[] = [];
  if (type !== undefined) checks.push((event) => event['type'] === type);
  if (authorId !== undefined) {
    checks.push((_event, { author: who }) => who['kind'] === 'user' && who['id'] === authorId);
  }
  if (author !== undefined) {
    checks.push((_event, { author: { name, kind } }) => (name ?? kind) === author);
  }
  if (projectId !== undefined) checks.push(projectCheck(projectId));
  if (jobId !== undefined) checks.push(jobCheck(jobId));
  if (userId !== undefined) checks.push(userCheck(userId));
  if (requestId !== undefined) checks.push((event) => event['request_id'] === requestId);
  if (outcome !== undefined) checks.push((_event, { details }) => details['outcome'] === outcome);
  if (changed !== undefined) checks.push(changedCheck(changed));
  const timeOf = (event: Fields): number => Date.parse(String(event['time']));
  if (after !== undefined) checks.push((event) => timeOf(event) >= after);
  if (before !== undefined) checks.push((event) => timeOf(event) < before);
  return checks;
}

/** Texts that a line must hold to be worth reading: most lines are none of those that are looked for. */
function needlesOf(filter: EventFilter): readonly string[] {
  const { type, authorId, projectId, jobId, userId, requestId, outcome, changed } = filter;
  const named = { type, request_id: requestId, outcome };
  return [
    ...Object.entries(named).flatMap(([name, value]) =>
      value === undefined ? [] : [`"${name}":${JSON.stringify(value)}`],
    ),
    ...(changed === undefined ? [] : [`${JSON.stringify(changed)}:`]),
    ...[authorId, projectId, jobId, userId].flatMap((id) => (id === undefined ? [] : [String(id)])),
  ];
}

export function createMatch(filter: EventFilter) {
  const needles = needlesOf(filter);
  const checks = checksOf(filter);
  return {
    mayMatch: (line: string): boolean => needles.every((needle) => line.includes(needle)),
    matches: (event: Fields): boolean => {
      const parts: Parts = {
        author: fieldsOf(event['author']),
        target: fieldsOf(event['target']),
        details: fieldsOf(event['details']),
      };
      return checks.every((check) => check(event, parts));
    },
  };
}
