/** What a bulk revocation is asked for with, and what it means here. */
import { z } from 'zod';
import { createPrefixFinder } from '../../credential/token-format.ts';
import { AppError } from '../../errors.ts';
import { REVOCABLE_KINDS, type Criteria } from '../../lifecycle/bulk-criteria.ts';
import { readCursor } from '../../lifecycle/bulk-cursor.ts';
import { SHOWN_TOKEN_ACTIONS } from '../../lifecycle/shown-deploy-tokens.ts';
import { flag, idOrPath, instant, positiveId, text } from './fields.ts';
import type { ApiDependencies } from './route.ts';

const ref = z.union([positiveId, idOrPath], { error: 'must be an id or a name' });

const cursor = text(100)
  .transform(readCursor)
  .refine((read) => read !== null, 'must be one that an earlier answer gave')
  .meta({ jsonSchema: { type: 'string' } });

export const revocationBody = z
  .strictObject({
    project: ref.optional().meta({ description: 'Id or full path.' }),
    group: ref.optional().meta({ description: 'Id or full path; with all that is under it.' }),
    user: ref.optional().meta({ description: 'Id or username: who it acts as.' }),
    issuer: ref.optional().meta({ description: 'Id or username: whose token made it.' }),
    runner_id: positiveId.optional(),
    pipeline_id: positiveId.optional(),
    after: instant.optional().meta({
      description: 'Jobs that were alive later than this moment; tokens made since then.',
    }),
    before: instant.optional(),
    secret_prefix: text(64).optional().meta({
      description: 'A configured prefix: all whose secrets begin like this.',
    }),
    kinds: z.array(z.enum(REVOCABLE_KINDS)).min(1).optional(),
    dry_run: flag.default(false),
    include_self: flag.default(false),
    deploy_tokens_shown: z.enum(SHOWN_TOKEN_ACTIONS).default('report'),
    cursor: cursor.optional(),
  })
  .refine(({ after, before }) => after === undefined || before === undefined || after < before, {
    error: 'must be later than after',
    path: ['before'],
  })
  .meta({ example: { runner_id: 17, after: '2026-01-31T14:00:00Z', dry_run: true } });

export type RevocationBody = z.output<typeof revocationBody>;

const notFound = (what: string): AppError => new AppError('not_found', `404 ${what} Not Found`);

type Ref = number | string | undefined;

async function place(
  { store }: ApiDependencies,
  kind: 'project' | 'group',
  named: Ref,
): Promise<Criteria['project']> {
  if (named === undefined) return undefined;
  const found = await store.directory[kind](named);
  if (found === null) throw notFound(kind === 'project' ? 'Project' : 'Group');
  return { id: found.id, fullPath: found.fullPath };
}

/** @param mayBeGone what a user made outlives them: an id is taken as it is */
async function userId(
  { store }: ApiDependencies,
  named: Ref,
  mayBeGone: boolean,
): Promise<number | undefined> {
  if (named === undefined || (mayBeGone && typeof named === 'number')) {
    return typeof named === 'number' ? named : undefined;
  }
  const { directory } = store;
  const found = await (typeof named === 'number'
    ? directory.user(named)
    : directory.userByUsername(named));
  if (found === null) throw notFound('User');
  return found.id;
}

function secretKind({ settings }: ApiDependencies, prefix: string | undefined) {
  if (prefix === undefined) return {};
  const { prefixes } = settings.credentials;
  const found = createPrefixFinder(prefixes)(prefix);
  const all = Object.values(prefixes).flat();
  if (found === undefined || found.prefix !== prefix) {
    const why =
      found === undefined
        ? 'no secret of this server begins like this'
        : 'more of a secret than its prefix is kept nowhere, so nothing can be found by it';
    const error = `secret_prefix is invalid: ${why}; it is one of ${all.join(', ')}`;
    throw new AppError('bad_request', error);
  }
  const { kind } = found;
  const others = prefixes[kind].filter((one) => one !== prefix);
  const also = `Secrets of this kind also begin with ${others.join(', ')}. Which prefix a secret has is kept nowhere, so all of the kind are meant.`;
  return { kind, note: others.length === 0 ? undefined : also };
}

export interface ResolvedRevocation {
  readonly criteria: Criteria;
  readonly notes: readonly string[];
}

/**
 * @throws AppError `not_found` for what does not exist, `bad_request` for a prefix that is none and for a window that has
 *   not begun: a job that it would end could not be alive in it, and would leave a password behind
 */
export async function resolveRevocation(
  deps: ApiDependencies,
  body: RevocationBody,
): Promise<ResolvedRevocation> {
  if (body.after !== undefined && body.after >= deps.clock.now()) {
    throw new AppError('bad_request', 'after is invalid: it must be in the past');
  }
  const { kind, note } = secretKind(deps, body.secret_prefix);
  const criteria = {
    project: await place(deps, 'project', body.project),
    group: await place(deps, 'group', body.group),
    userId: await userId(deps, body.user, false),
    issuerId: await userId(deps, body.issuer, true),
    runnerId: body.runner_id,
    pipelineId: body.pipeline_id,
    after: body.after,
    before: body.before,
    secretKind: kind,
  };
  return { criteria, notes: note === undefined ? [] : [note] };
}
